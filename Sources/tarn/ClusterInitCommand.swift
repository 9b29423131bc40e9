internal import ArgumentParser
internal import TarnCore
internal import TarnNode

/// `tarn cluster init`: certificate authority, identities, `node.yaml` for each datacentre, `client.yaml` with an admin
/// token.
struct ClusterInitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make the folders of a new cluster.",
        discussion: """
            One --dc makes a cluster that mirrors nothing, for trying out; three make a mirrored one. Their order gives primary, standby \
            and observer. Copy DIR/<dc> to the machine that runs that datacentre's node, and keep DIR/ca somewhere safe.
            """
    )

    @Argument(help: "The folder to make the cluster's folders in.")
    var directory: String

    @Option(
        name: .customLong("dc"),
        help: ArgumentHelp(
            "A datacentre: its name, where its peers reach it, and where clients do.",
            valueName: DatacenterArgument.form
        )
    )
    var datacenters: [String]

    func run() async throws {
        do {
            let summary = try ClusterLayout.create(
                directory: self.directory,
                datacenters: self.datacenters.map { try ClusterLayout.Datacenter(argument: $0) },
                createdAtMicroseconds: WallClock.microseconds()
            )
            try Console.line("cluster \(summary.clusterName)")
            for file in summary.nodeConfigurations { try Console.line("  tarn node --config \(file)") }
            try Console.line("  export TARN_CONFIG=\(summary.clientConfiguration)")
        } catch let error as ConfigurationError {
            throw ValidationError(error.message)
        } catch let error as CoreError {
            throw ValidationError(error.message)
        }
    }
}
