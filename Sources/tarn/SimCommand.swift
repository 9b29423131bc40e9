internal import ArgumentParser

/// `tarn sim`: whole clusters in one thread, to look for mistakes in the protocol.
struct SimCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sim",
        abstract: "Run whole clusters on a virtual clock, network and disks, from one seed.",
        subcommands: [SimRunCommand.self, SimMutantsCommand.self]
    )
}
