internal import ArgumentParser
internal import TarnClient
internal import TarnCore

/// `tarn token rotate`: a new secret for a token that goes on under its id.
struct TokenRotateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Give a token a new secret and print it; name, scope and limits stay.",
        discussion: "The id 'admin' is the token that 'tarn cluster init' made; put the new one into client.yaml."
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The token's id, as 'tarn token list' shows it.")
    var id: String

    @Option(help: ArgumentHelp("How long the old secret is taken, too: 90s, 15m, 12h, at most 7d.", valueName: "time"))
    var grace = "0s"

    func run() async throws {
        guard let seconds = HumanDuration.seconds(self.grace) else {
            throw ClientError(.usage, "--grace '\(self.grace)' is no duration such as 15m or 12h")
        }
        try await ClientSession.run(self.options) { session in
            let document = try await session.client.rotateToken(id: self.id, graceSeconds: seconds)
            try Console.line(session.isJSON ? document.json : document["token"]?.string ?? "")
        }
    }
}
