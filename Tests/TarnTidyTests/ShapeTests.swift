import Testing

@Suite("Shape")
struct ShapeTests {
    @Test("a file above the limit is found, one at the limit or generated is not")
    func findsLongFile() {
        let long = String(repeating: "let a = 1\n", count: FileShape.fileLinesMax + 1)
        let fits = String(repeating: "let a = 1\n", count: FileShape.fileLinesMax)
        #expect(FileShape.lengthViolations(in: SourceFile(path: "Sources/A/B.swift", text: long)).count == 1)
        #expect(FileShape.lengthViolations(in: SourceFile(path: "Sources/A/B.swift", text: fits)).isEmpty)
        #expect(FileShape.lengthViolations(in: SourceFile(path: "Sources/A/B.pb.swift", text: long)).isEmpty)
    }

    @Test("an exception for a file is used while the file needs it, and found when it does not")
    func findsNeedlessException() {
        let long = SourceFile(
            path: "Sources/A/B.swift",
            text: String(repeating: "\n", count: FileShape.fileLinesMax + 1)
        )
        let short = SourceFile(path: "Sources/A/B.swift", text: "struct B {}\n")
        #expect(FileShape.lengthViolations(in: long, exceptions: [long.path: "reason"]).isEmpty)
        #expect(FileShape.lengthViolations(in: short, exceptions: [short.path: "reason"]).count == 1)
        #expect(FileShape.nameViolations(in: short, exceptions: [short.path: "reason"]).count == 1)
    }

    @Test(
        "a function above the limit is found however it is declared",
        arguments: [
            "func long() {", "private static func long<T>(_ a: T = { 1 }()) throws -> [Int] where T: Sendable {",
            "init(a: Int) {",
            "package init?(a: Int) {", "deinit {", "@Test(\"name {\") func long() async {",
            "func long(\n    a: Int\n)\n{",
        ]
    )
    func findsLongFunction(declaration: String) {
        let lines = declaration.split(separator: "\n").count
        for body in [FileShape.functionLinesMax - lines, FileShape.functionLinesMax - lines - 1] {
            let text = "struct A {\n\(declaration)\n" + String(repeating: "if a { b() }\n", count: body) + "}\n}\n"
            let found = FileShape.functionViolations(in: SourceFile(path: "Sources/A/A.swift", text: text))
            #expect(found.map(\.line) == (body + lines + 1 > FileShape.functionLinesMax ? [2] : []))
        }
    }

    @Test("requirements, calls and long types are not taken for long functions")
    func allowsTheRest() {
        let many = String(repeating: "    let a = 1\n", count: 2 * FileShape.functionLinesMax)
        let text = """
            protocol P {
                func required(_ a: Int) -> Int
                init(a: Int)
                var value: Int { get }
            }
            struct A {
                let other = B.init(a: 1)
            \(many)
                func short() { self.init(a: "}") }
            }
            """
        let file = SourceFile(path: "Sources/A/A.swift", text: text)
        #expect(FunctionScanner.functions(in: file).map(\.name) == ["short"])
        #expect(FileShape.functionViolations(in: file).isEmpty)
    }

    @Test(
        "a file named after nothing that it declares is found",
        arguments: [
            ("Helpers", "struct Record {}", false), ("Record", "package struct Record: Sendable {}", true),
            ("Record+Coding", "extension Record {}", true), ("Record+Coding", "struct Coding {}", false),
            ("CatalogConfiguration", "extension Catalog {\n    package struct Configuration {}\n}", true),
            ("Segment", "// struct Segment", false), ("Recorder", "struct Record {}", false),
            ("Session", "final class Session<T> {}", true),
            ("Array+Bytes", "extension [UInt8] {}", true),
            ("Bytes", "extension [UInt8] {}", false), ("Outer+Part", "extension Outer.Inner {}", true),
            ("Outer.Inner+Part", "extension Outer.Inner {}", true),
            ("InnerPart", "extension Outer.Inner {\n    enum Part {}\n}", false),
            ("OuterInnerPart", "extension Outer.Inner {\n    enum Part {}\n}", true),
        ]
    )
    func findsForeignName(name: String, text: String, isNamedWell: Bool) {
        let found = FileShape.nameViolations(in: SourceFile(path: "Sources/TarnCore/\(name).swift", text: text))
        #expect(found.isEmpty == isNamedWell)
    }

    @Test("comments and literals are masked, everything else and every line stays")
    func masks() {
        let text =
            "a // b \"c\"\n/* d /* e */ f */ g\n\"h \\(i(\"j\")) \\\" k\" l #\"m \" \\n\"# n\n\"\"\"\no \"p\"\n\"\"\" q"
        let letters = CodeMask.code(of: text).filter(\.isLetter)
        #expect(letters == "aglnq")
        #expect(CodeMask.code(of: text).utf8.count == text.utf8.count)
        #expect(CodeMask.code(of: text).filter(\.isNewline).count == text.filter(\.isNewline).count)
    }
}
