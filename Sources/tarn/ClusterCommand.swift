internal import ArgumentParser
internal import TarnNode

/// `tarn cluster`: makes clusters, changes their members and renews their certificates.
struct ClusterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster",
        abstract: "Make a cluster, change its members, and renew its certificates.",
        subcommands: [
            ClusterInitCommand.self, ClusterGrowCommand.self, ClusterMembersCommand.self,
            ClusterElectObserverCommand.self, ClusterRotateCommand.self,
        ]
    )
}
