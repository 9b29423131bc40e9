internal import ArgumentParser
internal import TarnClient
internal import TarnCore
internal import TarnDrill

/// `tarn drill heal`: after a crash of the drill itself.
struct DrillHealCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "heal",
        abstract: "Undo what a drill broke that did not live to heal it, and end it in the log."
    )

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let folder = try DrillSession.folder(try ClientSession.configuration(self.options))
        let healer = DrillHealer(folder: folder) { Console.error("tarn: \($0)") }
        let count: Int
        do {
            count = try await healer.heal()
        } catch let error as DrillError {
            throw ClientError(.failed, error.message)
        }
        // What was broken is told even when the cluster, which may still recover, takes nothing yet.
        var (ended, problem) = ([String](), (any Error)?.none)
        do {
            try await DrillSession.run(self.options) { session in
                ended = try await KilledDrills(cluster: session.cluster, folder: folder).end()
            }
        } catch {
            problem = error
        }
        if self.options.json {
            let answer: JSONValue = ["healed": .integer(count), "ended": .array(ended.map { .string($0) })]
            try Console.line(answer.json)
        } else {
            if count > 0 || ended.isEmpty {
                try Console.line(count == 0 ? "nothing to heal" : "\(HumanText.plural(count, "fault")) healed")
            }
            for id in ended { try Console.line("\(id) was killed; the log says now that it has ended") }
        }
        if let problem { throw problem }
    }
}
