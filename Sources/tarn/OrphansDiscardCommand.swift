internal import ArgumentParser
internal import TarnClient
internal import TarnCore

/// `tarn orphans discard`: writes down that nobody wants an orphan.
struct OrphansDiscardCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "discard",
        abstract: "Write down that an orphan is not wanted. The whole hash is needed."
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The orphan's hash.")
    var hash: String

    func run() async throws {
        let (hash, _) = try await OrphanSource.changes(of: self.hash, self.options)
        guard hash == self.hash else { throw ClientError(.usage, "give the whole hash: \(hash)") }
        var options = self.options
        options.dc = nil
        try await ClientSession.run(options) { session in
            let decision = try await OrphanSource.decision("discarded", on: hash, session)
            try session.report(try await session.client.commit([decision]), "discarded \(hash)")
        }
    }
}
