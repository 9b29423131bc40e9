import Foundation
import TarnClient
import Testing

@testable import TarnDrill

struct DrillHealerTests {
    private static let id = "20261121t104513-s2"

    /// A folder with a drill that has killed dc1, and a script that notes what it is called with.
    private static func withDrill(_ body: (DrillFolder, _ calls: String) async throws -> Void) async throws {
        let state = NSTemporaryDirectory() + "tarn-heal-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: state) }
        let folder = DrillFolder(state: StateFolder(path: state), cluster: "c")
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
        let (hook, calls) = ("\(state)/hook", "\(state)/calls")
        try Data("#!/bin/sh\necho \"$@\" >> \(calls)\n".utf8).write(to: URL(fileURLWithPath: hook))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: hook)
        let journal = DrillJournal(
            DrillJournal.Content(id: self.id, scenario: "S2", hook: hook, configuration: "client.yaml", primary: "dc1"),
            in: folder
        )
        try journal.note(try #require(Fault(text: "kill dc1")))
        try await body(folder, calls)
    }

    @Test func `what a killed drill broke is undone once`() async throws {
        try await Self.withDrill { folder, calls async throws in
            let healer = DrillHealer(folder: folder) { _ in }
            #expect(try await healer.heal() == 1)
            #expect(try await healer.heal() == 0)
            #expect(try String(contentsOfFile: calls, encoding: .utf8) == "start dc1\n")
        }
    }

    @Test func `nothing is undone under a drill that runs`() async throws {
        try await Self.withDrill { folder, calls async throws in
            let healer = DrillHealer(folder: folder) { _ in }
            let running = try DrillLock(folder: folder.path)
            let refusal = await #expect(throws: DrillError.self) { try await healer.heal() }
            withExtendedLifetime(running) {}
            #expect(refusal?.message.contains("another drill") == true)
            #expect(!FileManager.default.fileExists(atPath: calls))
            #expect(folder.journal(of: Self.id)?.faults.count == 1)
        }
    }
}
