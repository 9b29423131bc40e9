import Foundation
import Testing

@testable import TarnCatalog

@Suite("Documentation of the catalog")
struct CatalogDocumentationTests {
    @Test("ops/formats/catalog.md describes every view and column as the catalog itself does")
    func document() throws {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { url.deleteLastPathComponent() }
        let text = try String(contentsOf: url.appendingPathComponent("ops/formats/catalog.md"), encoding: .utf8)
        for view in Catalog.documentation {
            var section = ["## `\(view.name)`", "", view.meaning, "", "| column | type | meaning |", "|---|---|---|"]
            section += view.columns.map { "| `\($0.name)` | \($0.type) | \($0.meaning) |" }
            #expect(
                text.contains(section.joined(separator: "\n") + "\n"),
                "expected:\n\(section.joined(separator: "\n"))"
            )
        }
    }
}
