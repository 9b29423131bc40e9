internal import ArgumentParser
internal import TarnClient
internal import TarnCore
internal import TarnDrill

/// `tarn drill heal`: after a crash of the drill itself.
struct DrillHealCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "heal",
        abstract: "Undo what a drill broke that did not live to heal it."
    )

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let folder = try DrillSession.folder(try ClientSession.configuration(self.options))
        let healer = DrillHealer(folder: folder) { Console.error("tarn: \($0)") }
        do {
            let count = try await healer.heal()
            if self.options.json { return try Console.line(JSONValue.object(["healed": .integer(count)]).json) }
            try Console.line(count == 0 ? "nothing to heal" : "\(HumanText.plural(count, "fault")) healed")
        } catch let error as DrillError {
            throw ClientError(.failed, error.message)
        }
    }
}
