import Foundation
import Testing

/// Drills against three real processes: what they break, what they find, and that they leave nothing broken.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct DrillTests {
    @Test func `scenarios pass one after the other, and their reports are signed and hold`() throws {
        let drills = try DrillCluster()
        defer { drills.stop() }
        for scenario in ["S2", "S6", "S12"] {
            let report = try drills.drill(scenario)
            Self.expectPassed(report, scenario)
            let id = try #require(report["id"] as? String)
            let genesis = drills.cluster.nodeDirectory("dc3").appendingPathComponent("genesis.bin").path
            let verified = try drills.cluster.tarn(["drill", "verify", id, "--genesis", genesis])
            #expect(verified.status == 0, "\(scenario): \(verified.output)")
        }
        let history = try drills.cluster.done("drill", "history")
        #expect(history.split(separator: "\n").count == 4)
        let page = drills.cluster.directory.appendingPathComponent("report.html").path
        try drills.cluster.done("drill", "report", "--html", page)
        #expect(try String(contentsOfFile: page, encoding: .utf8).contains("<svg"))
        #expect(try drills.cluster.done("audit", "--limit", "200").contains("drill_report"))
        for name in ProcessCluster.names { try drills.cluster.done("verify", "--dc", name) }
    }

    @Test func `links are cut and mended between nodes that run`() throws {
        let drills = try DrillCluster(hasLinks: true)
        defer { drills.stop() }
        for scenario in ["S3", "S4"] { Self.expectPassed(try drills.drill(scenario), scenario) }
    }

    @Test func `a drill that is killed leaves a cluster that heal restores, and no other drill starts before`() throws {
        let drills = try DrillCluster()
        defer { drills.stop() }
        let drill = try drills.cluster.launchTool(["drill", "run", "S2", "--for", "60s", "--calm", "200ms"])
        #expect(Polling.holds(within: 30) { !Self.unhealed(drills).isEmpty }, "the fault is written down")
        let second = try drills.cluster.tarn(["drill", "run", "S1"])
        #expect(second.status == 1 && second.errors.contains("another drill"), "\(second.errors)")
        kill(drill.processIdentifier, SIGKILL)
        drill.waitUntilExit()
        let refused = try drills.cluster.tarn(["drill", "run", "S1"])
        #expect(refused.status == 1)
        #expect(refused.errors.contains("tarn drill heal"), "\(refused.errors)")
        #expect(try drills.cluster.done("drill", "history").contains("running"))
        let healed = try drills.cluster.done("drill", "heal")
        #expect(healed.contains("1 fault healed") && healed.contains("-s2 was killed"), "\(healed)")
        try drills.cluster.converge()
        let history = try drills.cluster.done("drill", "history")
        #expect(history.contains("aborted") && !history.contains("running"), "\(history)")
        #expect(try drills.cluster.done("ls", "--json", "/volumes/tarn/drill").contains("-s2") == false)
        #expect(try drills.cluster.done("drill", "heal").contains("nothing to heal"))
        try drills.waitForRest()
    }

    @Test func `a stop condition heals first and then reports`() throws {
        let drills = try DrillCluster()
        defer { drills.stop() }
        let result = try drills.cluster.tarn([
            "drill", "run", "S15", "--for", "60s", "--calm", "300ms", "--rehearse", "0", "--stop-if", "gap>500ms",
            "--json",
        ])
        #expect(result.status == 1)
        let report = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        #expect(report["verdict"] as? String == "aborted")
        #expect((report["rpo"] as? [String: Any])?["lost"] as? Int == 0)
        try drills.cluster.converge()
    }

    @Test func `the daemon ends when it is told to, also after it has run a drill`() throws {
        let drills = try DrillCluster()
        defer { drills.stop() }
        let text = try String(contentsOfFile: drills.cluster.client, encoding: .utf8)
        let wish = text.replacing("drill: {", with: "drill: {schedule: \"* * * * *\", scenario: S1, hold: 200ms, ")
        try Data(wish.utf8).write(to: URL(fileURLWithPath: drills.cluster.client))
        // It looked long ago, so a drill is due at once.
        let cluster = try #require(try drills.cluster.clientSetting("cluster")).filter(\.isHexDigit)
        let folder = drills.cluster.directory.appendingPathComponent("state/tarn/\(cluster)/drills")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data("0\n".utf8).write(to: folder.appendingPathComponent("last-look"))
        let daemon = try drills.cluster.launchTool(["drill", "daemon"])
        defer { if daemon.isRunning { kill(daemon.processIdentifier, SIGKILL) } }
        let isDone = Polling.holds(within: 90, every: Polling.questionSeconds) {
            let ids = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
            return ids.contains {
                FileManager.default.fileExists(atPath: folder.appendingPathComponent("\($0)/signature.json").path)
            }
        }
        #expect(isDone, "a drill is run")
        kill(daemon.processIdentifier, SIGTERM)
        // It may have begun another one, which ends early.
        #expect(Polling.holds(within: 60, every: Polling.questionSeconds) { !daemon.isRunning }, "it goes on")
        #expect(daemon.isRunning || daemon.terminationStatus == 0)
    }

    @Test func `the local script finds a node by the file that it runs, and fails where nothing runs`() throws {
        let drills = try DrillCluster()
        defer { drills.stop() }
        func refusal(_ arguments: String...) throws -> String {
            let result = try drills.cluster.run(
                "/usr/bin/env",
                ["bash", DrillCluster.hookPath] + arguments,
                environment: ["TARN_DRILL_CONFIG": drills.cluster.client, "TARN_BINARY": "/bin/false"]
            )
            #expect(result.status != 0, "\(arguments)")
            return result.errors
        }
        let unusable = try drills.cluster.tarn(["drill", "preflight", "S2", "--hook", "/etc/passwd"])
        #expect(unusable.status == 1 && unusable.output.contains("Permission denied"), "\(unusable.output)")
        try drills.run("kill", "dc3")
        #expect(try refusal("start-all").contains("not every node runs"), "the program is not there")
        for action in ["check", "kill", "pause"] {
            #expect(try refusal(action, "dc3").contains("no process runs"), "\(action)")
        }
        try drills.run("resume", "dc3")
        // Under the name of another file, the process cannot be told, but its lock can.
        let other = drills.cluster.nodeDirectory("dc3").appendingPathComponent("other.yaml")
        try FileManager.default.copyItem(
            at: drills.cluster.nodeDirectory("dc3").appendingPathComponent("node.yaml"),
            to: other
        )
        try Self.run(drills, configuration: "dc3/other.yaml") {
            let isSeen = try Polling.holds(within: 30) { try refusal("check", "dc3").contains("another one has") }
            #expect(isSeen)
            for action in ["kill", "pause", "resume", "wipe", "corrupt"] {
                #expect(try refusal(action, "dc3").contains("has \(drills.cluster.layout)"), "\(action)")
            }
        }
        try Self.run(drills, configuration: "dc3/node.yaml") {
            let isFound = Polling.holds(within: 30) { (try? drills.run("check", "dc3")) != nil }
            #expect(isFound)
            #expect(try refusal("wipe", "dc3").contains("dc3 runs"))
            try drills.run("kill", "dc3")
        }
        try drills.run("wipe", "dc3")
    }

    /// Runs a node by a path that is relative to the cluster's folder for as long as `body` takes.
    private static func run(_ drills: DrillCluster, configuration: String, _ body: () throws -> Void) throws {
        let node = Process()
        node.executableURL = ProcessCluster.binary
        node.arguments = ["node", "--config", configuration]
        node.currentDirectoryURL = URL(fileURLWithPath: drills.cluster.layout)
        node.standardError = FileHandle.nullDevice
        try node.run()
        defer {
            if node.isRunning { kill(node.processIdentifier, SIGKILL) }
            node.waitUntilExit()
        }
        try body()
    }

    @Test func `a cluster without a quorum is not drilled`() throws {
        let drills = try DrillCluster()
        defer { drills.stop() }
        try drills.run("kill", "dc1")
        try drills.run("kill", "dc3")
        let refused = try drills.cluster.tarn(["drill", "run", "S1"])
        #expect(refused.status == 1)
        #expect(refused.errors.contains("no quorum"), "\(refused.errors)")
        #expect(try drills.cluster.tarn(["drill", "preflight"]).status == 1)
    }

    @Test(
        .enabled(if: ProcessInfo.processInfo.environment["TARN_LONG"] == "1"),
        arguments: (1...15).map { "S\($0)" }
    )
    func `every scenario passes`(scenario: String) throws {
        let drills = try DrillCluster(hasLinks: ["S3", "S4", "S5"].contains(scenario), hasDisks: scenario == "S9")
        defer { drills.stop() }
        let ready = try drills.cluster.tarn(["drill", "preflight", scenario])
        // A disk of its own is not everywhere to be had: the hook script says what it lacks.
        guard !ready.output.contains("cannot do here: fill") else {
            try Test.cancel("\(scenario) breaks what cannot be broken here")
        }
        let report = try drills.drill(scenario, hold: "3s")
        Self.expectPassed(report, scenario)
        let notes = (report["notes"] as? [String] ?? []).joined(separator: " ")
        if scenario == "S10" { #expect(notes.contains("blobs healed since its start"), "\(notes)") }
        if scenario == "S11" { try Self.expectJump(drills) }
    }

    /// Ops of the drill bear times of an hour ahead, and those after it no earlier ones.
    private static func expectJump(_ drills: DrillCluster) throws {
        let log = try drills.cluster.done("log", "--json", "--limit", "10000")
        let document = try JSONSerialization.jsonObject(with: Data(log.utf8))
        let entries = (document as? [String: Any])?["entries"] as? [[String: Any]] ?? []
        let numbered = entries.compactMap { entry -> (op: Int, time: Double)? in
            guard let op = entry["op"] as? Int, let time = entry["timestamp"] as? NSNumber else { return nil }
            return (op, time.doubleValue)
        }
        let times = numbered.sorted { $0.op < $1.op }.map(\.time)
        let ahead = (Date().timeIntervalSince1970 + 3_000) * 1_000_000
        #expect(times.contains { $0 > ahead }, "no op bears a time of the clock that jumped")
        #expect(zip(times, times.dropFirst()).allSatisfy { $0 < $1 }, "times go back")
    }

    @Test(
        .enabled(if: ProcessInfo.processInfo.environment["TARN_LONG"] == "1"),
        arguments: ["S1", "S2", "S3"]
    )
    func `what is rehearsed is within a factor of two of what is measured`(scenario: String) throws {
        let drills = try DrillCluster(hasLinks: scenario == "S3")
        defer { drills.stop() }
        var measured: [Double] = []
        var predicted: [Double] = []
        for _ in 0..<5 {
            try drills.waitForRest()
            let report = try drills.drill(scenario, seeds: 200)
            let total = (report["rto"] as? [String: Any])?["total_ms"] as? NSNumber
            let median = ((report["predicted"] as? [String: Any])?["total"] as? [String: Any])?["p50_ms"] as? NSNumber
            measured.append(try #require(total).doubleValue)
            predicted.append(try #require(median).doubleValue)
        }
        let ratio = predicted.sorted()[2] / measured.sorted()[2]
        #expect((0.5...2).contains(ratio), "\(scenario): predicted \(predicted), measured \(measured)")
    }

    private static func expectPassed(_ report: [String: Any], _ scenario: String) {
        let objectives = report["objectives"] as? [[String: Any]] ?? []
        let missed = objectives.filter { $0["met"] as? Bool != true }
        #expect(report["verdict"] as? String == "passed", "\(scenario): \(missed) \(report["notes"] ?? "")")
        #expect(report["scenario"] as? String == scenario)
        let point = report["rpo"] as? [String: Any]
        #expect((point?["acknowledged"] as? Int ?? 0) > 5)
        #expect(point?["lost"] as? Int == 0)
        let phases = (report["rto"] as? [String: Any])?["phases"] as? [[String: Any]] ?? []
        #expect(phases.contains { $0["name"] as? String == "first_client_success" })
        #expect((report["roots"] as? [Any])?.count == 3)
    }

    /// Journals with faults that are not healed.
    private static func unhealed(_ drills: DrillCluster) -> [String] {
        let state = drills.cluster.directory.appendingPathComponent("state/tarn")
        let files = FileManager.default.enumerator(at: state, includingPropertiesForKeys: nil)
        return (files?.compactMap { $0 as? URL } ?? []).filter { $0.lastPathComponent == "journal.json" }
            .compactMap { try? String(contentsOf: $0, encoding: .utf8) }.filter { $0.contains("\"kill ") }
    }
}
