import Testing

@Suite("Layers")
struct LayerTests {
    @Test("every import points down, and pure targets import pure modules only")
    func importsPointDown() throws {
        let found = try Repository.swiftFiles(under: "Sources").flatMap { Layers.violations(in: $0) }
        #expect(found.isEmpty, "\(found.listing)")
    }

    @Test("every edge of Package.swift points down")
    func edgesPointDown() throws {
        let text = try Repository.text(of: "Package.swift")
        let found = Manifest.violations(in: text)
        #expect(found.isEmpty, "\(found.listing)")
    }

    @Test("every folder of Sources and Tests is a target of Package.swift")
    func foldersAreTargets() throws {
        let targets = Set(Manifest.targets(in: try Repository.text(of: "Package.swift")).map(\.name))
        let folders = Set(try Repository.entries(of: "Sources") + Repository.entries(of: "Tests"))
        #expect(folders.symmetricDifference(targets).sorted() == [])
    }

    @Test(
        "a forbidden import is found",
        arguments: [
            ("TarnCore", "internal import Foundation"),
            ("TarnMerkle", "import NIOCore"),
            ("TarnConsensus", "package import Dispatch"),
            ("TarnSegment", "import struct Foundation.Data"),
            ("TarnDelta", "@preconcurrency import Glibc"),
            ("TarnNotebook", "import CZstd"),
            ("TarnTestKit", "import Foundation"),
            ("TarnCore", "import TarnMerkle"),
            ("TarnMerkle", "import TarnSegment"),
            ("TarnCatalog", "import TarnNode"),
            ("TarnClient", "import TarnAPI"),
            ("TarnNode", "import COpenSSL"),
            ("TarnNode", "import TarnTestKit"),
            ("TarnAPI", "import FoundationNetworking"),
            ("TarnUnheardOf", "import TarnCore"),
        ]
    )
    func findsForbiddenImport(target: String, line: String) {
        let file = SourceFile(path: "Sources/\(target)/File.swift", text: "// A file.\n\(line)\n")
        #expect(Layers.violations(in: file).map(\.line) == [2])
    }

    @Test(
        "an allowed import, a comment and a string are not taken for a forbidden one",
        arguments: [
            ("TarnMerkle", "package import TarnCore"), ("TarnConsensus", "internal import DequeModule"),
            ("TarnZstd", "internal import CZstd"), ("TarnNode", "package import TarnMerkle"),
            ("TarnCore", "// import Foundation"), ("TarnCore", "let text = \"import Foundation\""),
            ("TarnNode", "import Foundation"),
        ]
    )
    func allowsTheRest(target: String, line: String) {
        #expect(Layers.violations(in: SourceFile(path: "Sources/\(target)/File.swift", text: line)).isEmpty)
    }

    @Test(
        "a forbidden edge is found",
        arguments: [
            #".target(name: "TarnCore", dependencies: ["TarnMerkle"])"#,
            #".target(name: "TarnMerkle", dependencies: ["TarnCore", logging])"#,
            #".target(name: "TarnDelta", dependencies: ["TarnCore", .product(name: "GRDB", package: "GRDB.swift")])"#,
            #".target(name: "TarnNode", dependencies: ["TarnCore", "TarnAPI"])"#,
            #".target(name: "TarnNew", dependencies: ["TarnCore"])"#,
            #".executableTarget(name: "tarn", dependencies: ["TarnTestKit"])"#,
        ]
    )
    func findsForbiddenEdge(text: String) {
        #expect(!Manifest.violations(in: "let package = Package(targets: [\n    \(text),\n])").isEmpty)
    }

    @Test("targets are read with their edges, apart from comments and products")
    func readsTargets() {
        let text = """
            // .target(name: "Ghost", dependencies: ["TarnCore"]),
            .target(
                name: "TarnCatalog", dependencies: ["TarnCore", logging, .product(name: "GRDB", package: "GRDB.swift"), "TarnDelta"]),
            """
        let expected = Manifest.Target(
            kind: "target",
            name: "TarnCatalog",
            targets: ["TarnCore", "TarnDelta"],
            products: ["logging", "GRDB", "GRDB.swift"]
        )
        #expect(Manifest.targets(in: text) == [expected])
    }
}
