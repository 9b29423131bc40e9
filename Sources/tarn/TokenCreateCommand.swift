internal import ArgumentParser
internal import TarnClient
internal import TarnCore

/// `tarn token create`: a new bearer token, shown this once.
struct TokenCreateCommand: AsyncParsableCommand {
    enum Scope: String, ExpressibleByArgument, CaseIterable {
        case read
        case write
        case admin
    }

    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make a token and print it; it is stored nowhere and cannot be shown again."
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "Who or what it is for: the author of what is changed with it.")
    var name: String

    @Option(help: "What it may do.")
    var scope = Scope.read

    @Option(name: .customLong("path"), help: "Limit it to what is at or below this path; may be repeated.")
    var paths: [String] = []

    @Option(help: ArgumentHelp("When it ends: a duration such as 30d, or an RFC 3339 time.", valueName: "when"))
    var expires: String?

    @Option(help: ArgumentHelp("Requests a second that each node answers.", valueName: "n"))
    var rate: Int?

    @Option(help: ArgumentHelp("Requests at a time that each node answers.", valueName: "n"))
    var concurrency: Int?

    func run() async throws {
        var wish = TokenRequest(name: self.name, scope: self.scope.rawValue)
        wish.paths = try self.paths.map { try PathArgument.namespace($0) }
        wish.expiresAt = try self.expires.map { try TimeArgument.future($0, option: "--expires") }
        wish.requestsPerSecond = self.rate
        wish.concurrency = self.concurrency
        let request = wish
        try await ClientSession.run(self.options) { session in
            let document = try await session.client.createToken(request)
            try Console.line(session.isJSON ? document.json : document["token"]?.string ?? "")
        }
    }
}
