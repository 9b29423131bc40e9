internal import ArgumentParser
internal import TarnClient
internal import TarnCore

/// `tarn cluster members`: who belongs to the cluster.
struct ClusterMembersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "members",
        abstract: "Show who belongs to the cluster, who votes, and who was replaced."
    )

    @OptionGroup var options: GlobalOptions

    @Option(
        help: ArgumentHelp(
            "Also write the membership to this file, for 'tarn verify --receipt' and 'tarn restore'.",
            valueName: "file"
        )
    )
    var save: String?

    func run() async throws {
        try await ClientSession.run(self.options) { session in
            let view = try await MembershipView.fetch(session)
            if let save { try FileContent.publish(view.membership.encoded(), at: save, isDurable: false) }
            try Console.line(session.isJSON ? view.document.json : view.text)
        }
    }
}
