internal import Foundation
internal import Synchronization
internal import TarnCore

/// Calls the script that does to machines and networks what the API cannot do.
package struct HookRunner: Sendable {
    /// What a call said, and how it ended.
    struct Outcome: Sendable {
        let status: Int32
        let output: String
    }

    /// A call that takes longer is ended.
    private static let patienceSeconds = 120.0
    private static let outputBytesMax = 64 << 10
    private static let queue = DispatchQueue(label: "tarn.drill.hook")

    /// The script.
    package let path: String
    /// The client's configuration, by which a script for local processes finds their folders.
    private let configurationPath: String
    /// Where each call's output is kept.
    private let folder: String
    private let drillID: String

    package init(path: String, configurationPath: String, folder: String, drillID: String) {
        self.path = path
        self.configurationPath = configurationPath
        self.folder = folder
        self.drillID = drillID
    }

    /// What the script can do here. Throws when it cannot be run.
    package func actions() async throws -> Set<HookAction> {
        let outcome = try await self.run(["actions"])
        guard outcome.status == 0 else {
            throw DrillError("the hook script cannot be used: \(outcome.output)")
        }
        return Set(outcome.output.split { $0 == "\n" || $0 == " " }.compactMap { HookAction(rawValue: String($0)) })
    }

    /// Why the script does not find the node's process; nil when it does.
    func trouble(finding datacenter: DatacenterID) async throws -> String? {
        let outcome = try await self.run([HookAction.check.rawValue, datacenter.name])
        guard outcome.status != 0 else { return nil }
        return outcome.output.isEmpty ? "status \(outcome.status)" : outcome.output
    }

    /// Makes one call. Throws when the script says that it failed.
    package func call(_ call: Fault.Call) async throws {
        let outcome = try await self.run([call.action.rawValue] + call.arguments)
        guard outcome.status == 0 else {
            throw DrillError("the hook script failed to '\(call.text)' (status \(outcome.status)): \(outcome.output)")
        }
    }

    private func run(_ arguments: [String]) async throws -> Outcome {
        try await withCheckedThrowingContinuation { continuation in
            Self.queue.async { continuation.resume(with: Result { try self.runBlocking(arguments) }) }
        }
    }

    /// The output goes through a file: a node that a script starts keeps a pipe open for as long as it runs.
    private func runBlocking(_ arguments: [String]) throws -> Outcome {
        try FileManager.default.createDirectory(atPath: self.folder, withIntermediateDirectories: true)
        let file = "\(self.folder)/hook-output"
        guard FileManager.default.createFile(atPath: file, contents: nil),
            let handle = FileHandle(forWritingAtPath: file)
        else { throw DrillError("cannot write \(file)") }
        defer { try? handle.close() }
        var environment = ProcessInfo.processInfo.environment
        environment["TARN_DRILL_CONFIG"] = self.configurationPath
        environment["TARN_DRILL_ID"] = self.drillID
        let child = try ChildProcess(
            [self.path] + arguments,
            environment: environment,
            output: handle.fileDescriptor
        )
        guard let status = child.wait(seconds: Self.patienceSeconds) else {
            throw DrillError("the hook script did not end '\(arguments.joined(separator: " "))' in time")
        }
        let output = FileManager.default.contents(atPath: file)?.prefix(Self.outputBytesMax) ?? Data()
        let text = String(decoding: output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        return Outcome(status: status, output: text)
    }
}
