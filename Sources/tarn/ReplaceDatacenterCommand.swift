internal import ArgumentParser
internal import TarnClient
internal import TarnCore
internal import TarnCrypto
internal import TarnNode

/// `tarn replace-dc`: another datacentre in the seat of one that is lost.
struct ReplaceDatacenterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replace-dc",
        abstract: "Put another datacentre in the seat of one that is lost for good.",
        discussion: """
            The two others must be up and hold everything. Makes the new one's folder in DIR, which 'cluster init' made: copy it to its \
            machine and start the node, which gets everything from the others. The old one is never heard again, under whatever \
            circumstances it comes back. Whoever leads must be another: 'tarn switchover' first. In a cluster that grows, one that was to \
            learn the log and never came is replaced in the same way, and the other one need not hold anything yet.
            """
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The datacentre that is lost.")
    var lost: String

    @Argument(help: "The folder that 'cluster init' made.")
    var directory: String

    @Option(
        name: .customLong("with"),
        help: ArgumentHelp(
            "The datacentre that takes its seat, under a name of its own.",
            valueName: DatacenterArgument.form
        )
    )
    var newcomer: String

    func run() async throws {
        try await ClientSession.run(self.options) { session in
            try await MembershipView.change(session) { present in
                let newcomer = try ClusterLayout.Newcomer(ClusterLayout.Datacenter(argument: self.newcomer))
                guard let seat = present.membership.seat(of: try DatacenterID(self.lost)) else {
                    throw ClientError(.rejected, "there is no datacentre '\(self.lost)'")
                }
                let isLearning = present.membership.isLearning && seat > 0
                let next =
                    isLearning
                    ? try present.membership.relearning(seat: seat, by: newcomer.member)
                    : try present.membership.replacing(seat: seat, by: newcomer.member)
                let (body, route) =
                    isLearning
                    ? (next.encoded(), "learners") : (Reconfiguration(.replace(seat: seat), next).encoded(), "change")
                var addresses = present.addresses
                addresses[seat] = newcomer.address
                let files = try await MembershipView.join(
                    [newcomer],
                    in: self.directory,
                    as: next,
                    addresses: (present.addresses, addresses)
                ) {
                    _ = try await MembershipView.send(body, to: "/v1/membership/\(route)", session)
                }
                if session.isJSON { return try MembershipView.show(files) }
                try Console.line("\(self.lost) has no seat any more; start the one that has it now:")
                for file in files { try Console.line("tarn node --config \(file)") }
            }
        }
    }
}
