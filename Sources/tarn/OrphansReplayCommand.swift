internal import ArgumentParser
internal import TarnClient
internal import TarnCore

/// `tarn orphans replay`: orders an orphan's changes after everything that has committed since.
struct OrphansReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Order an orphan's changes again, with their preconditions; exit code 3 when one does not hold."
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The orphan's hash, or the beginning of it.")
    var hash: String

    func run() async throws {
        try await OrphanSource.withChanges(of: self.hash, self.options) { hash, changes, session in
            let decision = try await OrphanSource.decision("replayed", on: hash, session)
            let receipt = try await session.client.commit(changes + [decision])
            try session.report(receipt, "replayed \(hash)")
        }
    }
}
