internal import ArgumentParser
internal import TarnClient
internal import TarnCore

/// `tarn audit`: who did what, from where, newest first.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Show who did what, from where, newest first.",
        discussion:
            "Changes, changes of tokens, roles and policies, failed logins (summed up once a minute) and what operators did."
    )

    @OptionGroup var options: GlobalOptions

    @Option(help: ArgumentHelp("Show nothing older: a duration such as 1h, or an RFC 3339 time.", valueName: "when"))
    var since: String?

    @Option(help: "Show only what this author did.")
    var author: String?

    @Option(name: .shortAndLong, help: "Show at most so many.")
    var limit = 50

    func validate() throws {
        guard (1...Limits.listPageCountMax).contains(self.limit) else {
            throw ValidationError("--limit \(self.limit) is not between 1 and \(Limits.listPageCountMax)")
        }
    }

    func run() async throws {
        let since = try self.since.map { try TimeArgument.past($0, option: "--since") }
        try await ClientSession.run(self.options) { session in
            let records = try await session.client.auditRecords(since: since, author: self.author, limit: self.limit)
            if session.isJSON { return try Console.line(JSONValue.object(["records": .array(records)]).json) }
            var table = TextTable([
                ("OP", .right), ("TIME", .left), ("AUTHOR", .left), ("SOURCE", .left), ("ACTION", .left),
                ("WHAT", .left),
            ])
            for record in records {
                table.append([
                    record["op"]?.display ?? "",
                    record["timestamp"]?.unsigned.map { HumanText.time(microseconds: $0) } ?? "",
                    record["author"]?.string ?? "", record["source"]?.string ?? "", record["action"]?.string ?? "",
                    Self.what(record),
                ])
            }
            try Console.write(table.text)
        }
    }

    private static func what(_ record: JSONValue) -> String {
        let paths = (record["paths"]?.items ?? []).compactMap(\.string)
        if let first = paths.first {
            let others = (record["changes"]?.unsigned ?? 1) - 1
            return TextTable.printable(others > 0 ? "\(first) and \(others) more" : first)
        }
        guard case .object(let detail) = record["detail"] else { return "" }
        let text = detail.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.string ?? "")" }
        return TextTable.printable(text.joined(separator: ", "))
    }
}
