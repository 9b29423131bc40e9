internal import ArgumentParser
internal import TarnClient
internal import TarnCore

/// `tarn log`: the ops, newest first.
struct LogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: "Show the ops, newest first; with PATH, those that touched it, across moves."
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "A path of the namespace.")
    var path: String?

    @Option(name: .shortAndLong, help: "Show at most so many.")
    var limit = 20

    func validate() throws {
        guard (1...Limits.listPageCountMax).contains(self.limit) else {
            throw ValidationError("--limit \(self.limit) is not between 1 and \(Limits.listPageCountMax)")
        }
    }

    func run() async throws {
        let path = try self.path.map { try PathArgument.namespace($0) }
        try await ClientSession.run(self.options) { session in
            let entries = try await session.client.newestOps(limit: self.limit, path: path)
            if session.isJSON { return try Console.line(JSONValue.object(["entries": .array(entries)]).json) }
            var table = TextTable([
                ("OP", .right), ("TIME", .left), ("AUTHOR", .left), ("KIND", .left), ("BLOBS", .right),
                ("BYTES", .right),
                ("ROOT", .left), (path == nil ? "" : "PATH", .left),
            ])
            for entry in entries {
                table.append([
                    entry["op"]?.display ?? "",
                    entry["timestamp"]?.unsigned.map { HumanText.time(microseconds: $0) } ?? "",
                    entry["author"]?.string ?? "", entry["kind"]?.string ?? "", entry["closure_count"]?.display ?? "",
                    entry["closure_bytes"]?.unsigned.map(HumanText.bytes) ?? "",
                    HumanText.digest(entry["root"]?.string ?? ""), entry["path"]?.string ?? "",
                ])
            }
            try Console.write(table.text)
        }
    }
}
