internal import ArgumentParser
internal import TarnNode

/// `tarn cluster`: makes clusters and renews their certificates.
struct ClusterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster",
        abstract: "Make a cluster, and renew its certificates.",
        subcommands: [ClusterInitCommand.self, ClusterRotateCommand.self]
    )
}
