import Testing

@Suite("Repository")
struct RepositoryTests {
    /// What stands at the top; everything else has its place below one of these.
    static let topLevel: Set<String> = [
        "Package.swift", "Package.resolved", "Sources", "Tests", "deploy", "proto", "ops", "README.md",
        "ARCHITECTURE.md", "CONTRIBUTING.md",
        "LICENSE", ".ci", ".git", ".gitignore", ".swift-format",
    ]
    /// What builds and editors leave there, which git ignores.
    static let leftBehind = [".build", ".swiftpm", ".venv", ".vscode", ".idea", ".DS_Store"]

    @Test("nothing but the agreed entries stands at the top")
    func topLevelEntries() throws {
        #expect(Self.strangers(among: try Repository.entries(of: "")) == [])
    }

    @Test("a stranger at the top is found")
    func findsStranger() {
        #expect(
            Self.strangers(among: ["Sources", "notes.md", ".build-debug", ".travis.yml"]) == [
                "notes.md", ".travis.yml",
            ]
        )
    }

    @Test("documents name no file that is missing")
    func documentsAreTrue() throws {
        var files = try Repository.files(under: "ops") { $0.hasSuffix(".md") && !$0.contains("/sample/workspace/") }
        files += try Repository.files(under: "deploy") { $0.hasSuffix(".md") }
        for name in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"] {
            files.append(SourceFile(path: name, text: try Repository.text(of: name)))
        }
        let found = files.flatMap { Documents.violations(in: $0, exists: Repository.exists) }
        #expect(found.isEmpty, "\(found.listing)")
    }

    @Test(
        "a missing file is found in a link and in code style",
        arguments: [
            "[a](../ops/missing.md)", "[a](missing.md#part)", "see `ops/missing`",
            "run `ops/missing --flag` and [web](https://example.com)",
            "[good](there.md) and [bad](missing.md)",
        ]
    )
    func findsMissing(line: String) {
        let file = SourceFile(path: "docs/page.md", text: line)
        let present: Set<String> = ["docs/there.md", "ops/there"]
        #expect(Documents.violations(in: file) { present.contains($0) }.count == 1)
    }

    @Test(
        "what names no file of the repository is left alone",
        arguments: [
            "[a](there.md#part)", "[a](#part)", "`ops/*` and `Sources/<target>`", "`tarn status`",
            "[a](https://example.com/ops/x)", "`ops/there`",
        ]
    )
    func leavesTheRest(line: String) {
        let file = SourceFile(path: "docs/page.md", text: line)
        let present: Set<String> = ["docs/there.md", "ops/there"]
        let found = Documents.violations(in: file) { present.contains($0) }
        #expect(found.isEmpty, "\(found.listing)")
    }

    @Test("every script starts in strict mode and can be run")
    func scriptsAreStrict() throws {
        let scripts = try Repository.files(under: "ops") {
            !$0.contains("/sample/workspace/") && !$0.contains("__pycache__")
        }
        .filter { $0.lines.first == "#!/usr/bin/env bash" }
        #expect(scripts.count >= 5)
        #expect(scripts.filter { !Self.isStrict($0) }.map(\.path) == [])
    }

    @Test("a script without strict mode is found")
    func findsLaxScript() {
        #expect(!Self.isStrict(SourceFile(path: "ops/a", text: "#!/usr/bin/env bash\necho hello\n")))
        #expect(!Self.isStrict(SourceFile(path: "ops/a", text: "#!/usr/bin/env bash\n# set -euo pipefail\n")))
    }

    static func strangers(among names: [String]) -> [String] {
        names.filter { name in !self.topLevel.contains(name) && !self.leftBehind.contains { name.hasPrefix($0) } }
    }

    /// The shared library sets strict mode for the scripts that read it.
    static func isStrict(_ file: SourceFile) -> Bool {
        file.lines.contains {
            $0.hasPrefix("set -euo pipefail") || ($0.hasPrefix("source ") && $0.hasSuffix("/lib.sh\""))
        }
    }
}
