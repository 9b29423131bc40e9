import Foundation
import TarnDrill
import Testing

struct RunbookTests {
    @Test func `every scenario has a runbook, and every runbook a scenario`() throws {
        let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../..")
        let folder = repository.appendingPathComponent("ops/runbooks/scenarios").standardizedFileURL
        let pages = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        #expect(pages == Scenario.all.map { "\($0.id).md" }.sorted())
        let index = try String(contentsOf: repository.appendingPathComponent("ops/runbooks/README.md"), encoding: .utf8)
        for scenario in Scenario.all {
            let page = try String(contentsOf: folder.appendingPathComponent("\(scenario.id).md"), encoding: .utf8)
            for heading in [
                "# \(scenario.id): \(scenario.title)\n", "## Symptom\n", "## Check\n", "## Do\n", "## What to expect\n",
            ] {
                #expect(page.contains(heading), "\(scenario.id) lacks \(heading)")
            }
            #expect(page.contains("tarn drill run \(scenario.id)"))
            #expect(index.contains("(scenarios/\(scenario.id).md)"))
        }
    }
}
