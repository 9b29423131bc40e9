internal import ArgumentParser
internal import TarnCore
internal import TarnCrypto
internal import TarnNode

/// `tarn cluster grow`: three datacentres instead of one.
struct ClusterGrowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grow",
        abstract: "Have two more datacentres join a cluster of one.",
        discussion: """
            Makes a folder for each of them in DIR, which 'cluster init' made, and tells the node. Copy the folders to their machines and \
            start the nodes: they learn the log, and vote once they hold all of it. Writes go on meanwhile.
            """
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The folder that 'cluster init' made.")
    var directory: String

    @Option(
        name: .customLong("join"),
        help: ArgumentHelp(
            "A datacentre that joins; give two: standby and observer.",
            valueName: DatacenterArgument.form
        )
    )
    var joining: [String]

    func run() async throws {
        try await ClientSession.run(self.options) { session in
            try await MembershipView.change(session) { present in
                let newcomers = try self.joining.map {
                    try ClusterLayout.Newcomer(ClusterLayout.Datacenter(argument: $0))
                }
                let next = try present.membership.learning(newcomers.map(\.member))
                let files = try await MembershipView.join(
                    newcomers,
                    in: self.directory,
                    as: next,
                    addresses: (present.addresses, present.addresses + newcomers.map(\.address))
                ) {
                    _ = try await MembershipView.send(next.encoded(), to: "/v1/membership/learners", session)
                }
                if session.isJSON { return try MembershipView.show(files) }
                for file in files { try Console.line("tarn node --config \(file)") }
                try Console.line("they vote once they hold the whole log: 'tarn cluster members' says when")
            }
        }
    }
}
