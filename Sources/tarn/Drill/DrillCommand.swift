internal import ArgumentParser

/// `tarn drill`: failovers that are rehearsed, carried out and measured.
struct DrillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drill",
        abstract: "Rehearse, run and measure failovers, and keep signed reports of them.",
        discussion: """
            A drill watches the cluster with clients of its own, breaks what its scenario says, measures how the cluster recovers, \
            heals everything, has the first primary lead again, and checks that nothing acknowledged was lost. What it breaks is \
            written down before it is broken: after a crash of the drill itself, 'tarn drill heal' undoes it.
            """,
        subcommands: [
            DrillListCommand.self, DrillPreflightCommand.self, DrillRunCommand.self, DrillHealCommand.self,
            DrillReportCommand.self, DrillVerifyCommand.self, DrillHistoryCommand.self, DrillRehearseCommand.self,
            DrillScheduleCommand.self, DrillDaemonCommand.self,
        ]
    )
}
