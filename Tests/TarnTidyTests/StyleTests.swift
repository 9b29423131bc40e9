import Testing

@Suite("Style")
struct StyleTests {
    @Test("code uses no banned call")
    func bannedCalls() throws {
        let files = try Repository.swiftFiles(under: "Sources") + Repository.swiftFiles(under: "Tests")
        let found = files.filter { !$0.isGenerated }.flatMap { BannedWords.violationsInCode(of: $0) }
        #expect(found.isEmpty, "\(found.listing)")
    }

    @Test("nothing is marked as unfinished, and no path is of one machine")
    func bannedText() throws {
        var files = ["Sources", "Tests", "ops", "deploy", "proto", ".ci"].flatMap { folder in
            (try? Repository.files(under: folder) { !$0.contains("/sample/") && !$0.contains("__pycache__") }) ?? []
        }
        for name in try Repository.entries(of: "") where name.hasSuffix(".md") || name == "Package.swift" {
            files.append(SourceFile(path: name, text: try Repository.text(of: name)))
        }
        let found = files.flatMap { BannedWords.violationsInText(of: $0) }
        #expect(files.count > 50)
        #expect(found.isEmpty, "\(found.listing)")
    }

    @Test("files and functions are of a size that one can read")
    func sizes() throws {
        let files = try Repository.swiftFiles(under: "Sources") + Repository.swiftFiles(under: "Tests")
        let found = files.flatMap { FileShape.lengthViolations(in: $0) + FileShape.functionViolations(in: $0) }
        #expect(found.isEmpty, "\(found.listing)")
    }

    @Test("every source is named after a type that it declares or extends")
    func names() throws {
        let found = try Repository.swiftFiles(under: "Sources").flatMap { FileShape.nameViolations(in: $0) }
        #expect(found.isEmpty, "\(found.listing)")
    }

    @Test("every exception is a file that exists")
    func exceptions() {
        let named = Array(FileShape.longFiles.keys) + Array(FileShape.freelyNamed.keys)
        #expect(named.filter { !Repository.exists($0) } == [])
    }

    @Test(
        "a banned call is found",
        arguments: [
            "let value = try! load()", "fatalError(\"no\")", "Task.detached { }", "Task { await run() }",
            "let task = Task(priority: .high) { }", "Task<Void, Never> { }", "print(value)", "debugPrint(value)",
            "if x { dump(x) }",
        ]
    )
    func findsBannedCall(line: String) {
        #expect(
            BannedWords.violationsInCode(of: SourceFile(path: "Sources/TarnNode/File.swift", text: line)).count == 1
        )
    }

    @Test(
        "what only looks like a banned call is not taken for one",
        arguments: [
            "// try! and fatalError( and print(", "let text = \"fatalError(\\(print(1)))\"", "writer.print(value)",
            "fingerprint(value)",
            "let task: Task<Void, Never>", "let background = BackgroundTask { }", "/* Task { */ let x = 1",
            "let a = #\"try! \"quoted\"\"#",
        ]
    )
    func allowsTheRest(line: String) {
        let found = BannedWords.violationsInCode(of: SourceFile(path: "Sources/TarnNode/File.swift", text: line))
        #expect(found.isEmpty, "\(found.listing)")
    }

    @Test("the executable may print and start tasks, but not detached ones")
    func executableMayPrint() {
        let text = "print(1)\nTask { }\nTask.detached { }\n"
        #expect(
            BannedWords.violationsInCode(of: SourceFile(path: "Sources/tarn/File.swift", text: text)).map(\.line) == [3]
        )
    }

    @Test("a mark of unfinished work is found, also in a comment", arguments: BannedWords.unfinished)
    func findsUnfinished(word: String) {
        let text = "let a = 1  // \(word): later\nlet \(word)S = 2\nlet a\(word) = 3\n"
        #expect(BannedWords.violationsInText(of: SourceFile(path: "ops/file", text: text)).map(\.line) == [1])
    }

    @Test("a path of one machine is found, a path that only resembles it is not", arguments: ["home", "root", "work"])
    func findsMachinePath(folder: String) {
        let text =
            "cd \("/" + folder)/someone\n\("/" + folder)space/x\n$base\("/" + folder)/x\nx\("/" + folder)/x\n\("/" + folder)/\n"
        #expect(BannedWords.violationsInText(of: SourceFile(path: "ops/file", text: text)).map(\.line) == [1])
    }
}
