internal import ArgumentParser
internal import TarnClient
internal import TarnCore

/// `tarn token list`: the tokens there are, not the secrets.
struct TokenListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the tokens.")

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        try await ClientSession.run(self.options) { session in
            let answer = try await session.client.get("/v1/tokens")
            if session.isJSON { return try Console.write(bytes: answer.body + [0x0a]) }
            let document = try TarnHTTPClient.parse(answer.body, of: "/v1/tokens")
            var table = TextTable([
                ("ID", .left), ("NAME", .left), ("SCOPE", .left), ("CREATED", .left), ("EXPIRES", .left),
                ("LIMITS", .left), ("PATHS", .left),
            ])
            for token in document["tokens"]?.items ?? [] {
                table.append([
                    token["id"]?.string ?? "", token["name"]?.string ?? "", token["scope"]?.string ?? "",
                    token["created_at"]?.unsigned.map { HumanText.time(microseconds: $0) } ?? "",
                    token["expires_at"]?.unsigned.map { HumanText.time(microseconds: $0) } ?? "never",
                    Self.limits(of: token),
                    (token["paths"]?.items ?? []).compactMap(\.string).joined(separator: " "),
                ])
            }
            try Console.write(table.text)
        }
    }

    private static func limits(of token: JSONValue) -> String {
        [
            token["requests_per_second"]?.unsigned.map { "\($0)/s" },
            token["concurrency"]?.unsigned.map { "\($0) at a time" },
        ].compactMap(\.self).joined(separator: ", ")
    }
}
