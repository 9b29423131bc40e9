internal import ArgumentParser
internal import TarnClient
internal import TarnCore
internal import TarnDrill

/// `tarn drill verify`: is this report what the datacentres signed, and do its figures hold?
struct DrillVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check a report's signatures, its place in the log, and its figures; exit code 1 when one is wrong.",
        discussion: """
            With --genesis the members' keys come from that file; without, from the nodes, which is said. Every acknowledged write \
            of the report is looked up in the log of each datacentre, and the figures are computed again.
            """
    )

    @OptionGroup var options: GlobalOptions

    @Option(help: ArgumentHelp("The cluster's genesis, from any node's folder.", valueName: "genesis.bin"))
    var genesis: String?

    @Argument(help: "The drill's id.")
    var id: String

    func run() async throws {
        try await DrillSession.run(self.options) { session in
            var members: [Genesis.Member]?
            if let genesis = self.genesis {
                let bytes = try FileContent.read(genesis, bytesMax: 1 << 20)
                do {
                    members = try Genesis(decoding: bytes).members
                } catch {
                    throw ClientError(.usage, "\(genesis) is no genesis: \(error)")
                }
            }
            let verification = try await ReportVerification(cluster: session.cluster, folder: session.folder).run(
                self.id,
                members: members
            )
            if session.isJSON {
                try Console.line(verification.json.json)
            } else {
                var table = TextTable([("", .left), ("CHECK", .left), ("FOUND", .left)])
                for check in verification.checks {
                    table.append([check.isReady ? "ok" : "NO", check.check, check.detail])
                }
                try Console.write(table.text)
            }
            if !verification.isSound { throw ExitCode.failure }
        }
    }
}
