internal import ArgumentParser
internal import TarnNode

/// `tarn cluster`: makes clusters.
struct ClusterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster",
        abstract: "Make a cluster.",
        subcommands: [ClusterInitCommand.self]
    )
}
