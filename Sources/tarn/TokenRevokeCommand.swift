internal import ArgumentParser
internal import TarnClient
internal import TarnCore

/// `tarn token revoke`: ends a token.
struct TokenRevokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Revoke a token; it is refused everywhere once the op has arrived."
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The token's id, as 'tarn token list' shows it.")
    var id: String

    func run() async throws {
        try await ClientSession.run(self.options) { session in
            let target = "/v1/tokens/\(PercentEncoding.component(self.id))"
            let receipt = try await session.client.commit(
                TransportRequest(.delete, target, deadlineMilliseconds: Limits.clientDeadlineMilliseconds)
            )
            try session.report(receipt, "revoked \(self.id)")
        }
    }
}
