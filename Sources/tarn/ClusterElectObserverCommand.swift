internal import ArgumentParser
internal import TarnCore

/// `tarn cluster elect-observer`: the observer may lead.
struct ClusterElectObserverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "elect-observer",
        abstract: "Let the observer lead when neither of the others can, or no more.",
        discussion: """
            An entry of the log, so all datacentres agree. From then on the observer takes over where the others are silent, and \
            'tarn switchover --to' has it lead at once.
            """
    )

    @OptionGroup var options: GlobalOptions

    @Flag(help: "Take it back: the observer does not lead any more.")
    var off = false

    func run() async throws {
        try await ClientSession.run(self.options) { session in
            try await MembershipView.change(session) { present in
                guard present.membership.isObserverElectable == self.off else {
                    if session.isJSON { return try Console.line(present.document.json) }
                    return try Console.line("nothing to change: the observer \(self.off ? "never leads" : "may lead")")
                }
                let change = Reconfiguration(.electObserver, try present.membership.electingObserver(!self.off))
                let view = try await MembershipView.send(change.encoded(), to: "/v1/membership/change", session)
                try Console.line(session.isJSON ? view.document.json : view.text)
            }
        }
    }
}
