import TarnCore
import TarnDrill
import Testing

struct ScenarioTests {
    static let roster = try? Roster(
        primary: DatacenterID("dc1"),
        standby: DatacenterID("dc2"),
        observer: DatacenterID("dc3")
    )

    @Test func `there are fifteen scenarios, S1 to S15, each found by its id in any case`() {
        #expect(Scenario.all.map(\.id) == (1...15).map { "S\($0)" })
        #expect(Scenario.named("s12")?.title == "Primary stands still")
        #expect(Scenario.named("S16") == nil)
    }

    @Test(arguments: Scenario.all.map(\.id))
    func `every fault of a scenario can be undone, and reads back from the journal`(id: String) throws {
        let scenario = try #require(Scenario.named(id))
        let roster = try #require(Self.roster)
        for step in scenario.script(roster) {
            guard case .inject(let fault) = step else { continue }
            #expect(Fault(text: fault.text) == fault)
            #expect(scenario.needs.contains(fault.injection.action))
            #expect(scenario.needs.contains(fault.healing.action))
        }
    }

    @Test func `no drill begins whose script does not find every node, unless it needs none`() throws {
        let roster = try #require(Self.roster)
        var evidence = Preflight.Evidence(datacenters: roster.all)
        evidence.actions = Set(HookAction.allCases)
        func finding(_ id: String) -> PreflightFinding? {
            Preflight(evidence, scenario: Scenario.named(id)).findings.first { $0.check.contains("hook") }
        }
        #expect(finding("S7")?.isReady == true)
        evidence.hookTroubles[roster.observer] = "no process runs it"
        let refusal = try #require(finding("S7"))
        #expect(!refusal.isReady && refusal.detail.contains("dc3: no process runs it"), "\(refusal.detail)")
        #expect(finding("S1")?.isReady == true)
        (evidence.actions, evidence.hookFailure) = (nil, "cannot run the hook script: Permission denied")
        #expect(finding("S7")?.detail.contains("Permission denied") == true, "and not that one is to be given")
        #expect(finding("S1")?.isReady == true)
    }

    @Test(
        "the measurement begins with what clients have to wait for",
        arguments: [
            ("S1", 0, 0), ("S2", 0, 0), ("S3", 0, 3), ("S6", 2, 2), ("S8", 0, 1), ("S10", 4, 4), ("S14", 0, 0),
            ("S15", 0, 1),
        ]
    )
    func measured(id: String, first: Int, last: Int) throws {
        let script = DrillScript(try #require(Scenario.named(id)), try #require(Self.roster))
        #expect(script.measuredFrom == first)
        #expect(script.measuredThrough == last)
    }
}
