import TarnNotebook
import TarnTestKit
import Testing

@Suite("All formats")
struct FormatTests {
    @Test(
        "bytes and names say the format",
        arguments: [
            ("# Databricks notebook source\n", "x", .source), ("-- Databricks notebook source", "x.html", .source),
            ("PK\u{3}\u{4}", "", .dbc),
            ("{}", "a.ipynb", .jupyter), (" \n{", "", .jupyter), ("x", "a.py", .source), ("<!DOCTYPE html>", "", .html),
            ("x", "a.HTML", .html), ("x", "a.Rmd", .rMarkdown), ("x", "a.r", .source), ("x", "a.txt", nil),
            ("", "", nil),
        ] as [(String, String, NotebookFormat?)]
    )
    func recognition(content: String, name: String, format: NotebookFormat?) {
        #expect(NotebookFormat.recognize(Array(content.utf8), name: name) == format)
    }

    @Test(
        "the last part of the path without its extension is the name",
        arguments: [
            ("/a/b.py", "b"), ("/a.b/c d", "c d"), ("x.ipynb", "x"), ("a/b.txt", "b.txt"), ("", ""), ("a/.py", ".py"),
        ]
    )
    func names(path: String, name: String) throws {
        let notebook = try Notebook.read(Array("# Databricks notebook source\n".utf8), language: .python, path: path)
        #expect(notebook.name == name)
    }

    @Test(
        "generated sources come back byte for byte from every format that keeps cells",
        arguments: [
            NotebookFormat.jupyter, .html, .dbc,
        ]
    )
    func exact(format: NotebookFormat) throws {
        for seed in 0..<Effort.cases(500) {
            var generator = NotebookGenerator(seed: UInt64(seed))
            let language = NotebookLanguage.allCases[seed % 4]
            let source = generator.source(language)
            let notebook = try Notebook.read(source, format: .source, language: language, path: "n")
            let bytes = try notebook.write(format)
            #expect(try notebook.write(format) == bytes)
            let again = try Notebook.read(bytes)
            #expect(again.name == "n")
            #expect(try again.write(.source) == source, "seed \(seed)")
        }
    }

    @Test("mutated documents of every format are read or refused, and never crash", arguments: NotebookFormat.allCases)
    func fuzz(format: NotebookFormat) throws {
        for seed in 0..<Effort.cases(60) {
            var generator = NotebookGenerator(seed: UInt64(seed))
            var random = SplitMix64(seed: UInt64(seed))
            let valid = try generator.notebook().write(format)
            for _ in 0..<8 { try Self.check(Self.mutated(valid, with: &random), format, "seed \(seed)") }
        }
    }

    @Test(
        "real documents that were damaged are read or refused for as long as is asked for",
        arguments: Effort.fuzzedFormats
    )
    func longFuzz(format: NotebookFormat) throws {
        let seed = Effort.seed
        var random = SplitMix64(seed: seed)
        let real = try CorpusTests.notebooks(format).map(\.bytes).filter { $0.count < 100_000 }
        let end = ContinuousClock.now + .seconds(Effort.fuzzSeconds)
        var count = 0
        while ContinuousClock.now < end {
            var generator = NotebookGenerator(seed: random.next())
            let valid =
                random.chance(percent: 50) || real.isEmpty ? try generator.notebook().write(format) : random.pick(real)
            let bytes = Self.mutated(valid, with: &random)
            Effort.keep(bytes, as: "\(format.rawValue)-\(seed)")
            try Self.check(bytes, format, "seed \(seed), case \(count)")
            count += 1
        }
        print("\(format.rawValue): \(count) cases from seed \(seed)")
    }

    /// What a document that can be read has to stand.
    private static func check(_ bytes: [UInt8], _ format: NotebookFormat, _ comment: Comment) throws {
        guard let notebook = try? Notebook.read(bytes, format: format, language: .python) else { return }
        for other in NotebookFormat.allCases { _ = try notebook.write(other) }
        _ = NotebookRenderer.render(notebook)
        for other in [NotebookFormat.source, .jupyter, .html, .dbc] {
            let again = try Notebook.read(try notebook.write(other), format: other, language: notebook.language)
            #expect(again.hasSameText(as: notebook), "\(comment) by way of \(other)")
        }
    }

    /// Bytes changed, removed, repeated and moved.
    static func mutated(_ bytes: [UInt8], with random: inout SplitMix64) -> [UInt8] {
        var out = bytes
        for _ in 0..<random.within(1...4) where !out.isEmpty {
            let start = random.below(out.count)
            let end = min(out.count, start + random.below(40))
            switch random.below(6) {
            case 0: out[start] = UInt8(random.below(256))
            case 1: out[start] ^= 1 << UInt8(random.below(8))
            case 2: out.removeSubrange(start..<end)
            case 3: out.insert(contentsOf: out[start..<end], at: random.below(out.count))
            case 4:
                out.insert(
                    contentsOf: random.pick([Array("\"".utf8), Array("{}".utf8), [0xff], Array("\n".utf8)]),
                    at: start
                )
            default: out.removeLast(out.count - end)
            }
        }
        return out
    }
}
