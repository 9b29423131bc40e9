internal import ArgumentParser
internal import TarnClient
internal import TarnCore

/// `tarn watch`: ops as they are committed.
struct WatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Show ops as they are committed, until interrupted; with PATH, those that touch it.",
        discussion: "With --json, one object a line."
    )

    /// How long one request waits for news; the connection is then used again.
    private static let waitMilliseconds = 30_000
    /// Changes of one op that are shown.
    private static let changesMax = 20

    @OptionGroup var options: GlobalOptions

    @Argument(help: "A path of the namespace.")
    var path: String?

    @Option(help: "Begin behind this op instead of with the next one.")
    var after: UInt64?

    func run() async throws {
        let path = try self.path.map { try PathArgument.namespace($0) }
        try await ClientSession.run(self.options) { session in
            var after = try await self.start(session)
            while true {
                let page = try await session.client.ops(
                    after: after,
                    path: path,
                    waitMilliseconds: Self.waitMilliseconds
                )
                for entry in page.entries { try await self.show(entry, session) }
                let last = page.entries.last?["op"]?.unsigned ?? after.number
                // Without another page, everything up to the answer's op was looked at.
                after = Op(max(after.number, page.next ?? max(last, page.head?.number ?? last)))
            }
        }
    }

    private func start(_ session: ClientSession) async throws -> Op {
        if let after = self.after { return Op(after) }
        return try await session.client.get("/v1/namespace", .root, query: [("limit", "0")]).op ?? .genesis
    }

    private func show(_ entry: JSONValue, _ session: ClientSession) async throws {
        if session.isJSON { return try Console.line(entry.json) }
        let op = entry["op"]?.display ?? "?"
        let time = entry["timestamp"]?.unsigned.map { HumanText.time(microseconds: $0) } ?? ""
        let author = TextTable.printable(entry["author"]?.string ?? "")
        try Console.line("op \(op)  \(time)  \(author)  \(entry["kind"]?.string ?? "")")
        guard entry["kind"]?.string == "change_set" else { return }
        let changes = try await session.client.document("/v1/changes/\(op)")["changes"]?.items ?? []
        for change in changes.prefix(Self.changesMax) { try Console.line("  \(Self.text(change))") }
        if changes.count > Self.changesMax {
            try Console.line("  … and \(HumanText.plural(changes.count - Self.changesMax, "change")) more")
        }
    }

    private static func text(_ change: JSONValue) -> String {
        let path = TextTable.printable(change["path"]?.string ?? "?")
        if change["delete"] != nil { return "delete \(path)" }
        if let target = change["move"]?["to"]?.string { return "move \(path) to \(TextTable.printable(target))" }
        return "put \(path)"
    }
}
