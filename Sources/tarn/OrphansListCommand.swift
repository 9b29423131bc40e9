internal import ArgumentParser
internal import TarnClient
internal import TarnCore

/// `tarn orphans list`: the orphans of every datacentre that answers.
struct OrphansListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List orphans; those that were decided, or committed after all, with --all.",
        discussion: "Orphans lie where they were ordered: the exit code is 1 when a datacentre does not answer."
    )

    @OptionGroup var options: GlobalOptions

    @Flag(help: "Also those that nobody has to look at any more.")
    var all = false

    func run() async throws {
        var table = TextTable([
            ("DC", .left), ("HASH", .left), ("OP", .right), ("VIEW", .right), ("TIME", .left), ("REQUEST", .left),
            ("CHANGES", .right), ("STATE", .left),
        ])
        var rows: [String] = []
        let listing = try await OrphanSource.all(self.options)
        for (node, orphan) in listing.orphans where self.all || orphan["state"]?.string == "open" {
            let name = OrphanSource.name(of: node)
            if case .object(var members) = orphan {
                members["dc"] = .string(name)
                rows.append(JSONValue.object(members).json)
            }
            table.append([
                name, orphan["hash"]?.string ?? "", orphan["op"]?.display ?? "", orphan["view"]?.display ?? "",
                orphan["time"]?.string ?? "", orphan["request"]?.string ?? "", orphan["changes"]?.display ?? "",
                orphan["state"]?.string ?? "",
            ])
        }
        if self.options.json {
            try Console.line("[" + rows.joined(separator: ",\n ") + "]")
        } else {
            let none = listing.isWhole ? "no orphans\n" : "no orphans at the datacentres that answer\n"
            try Console.write(rows.isEmpty ? none : table.text)
        }
        if !listing.isWhole { throw ExitCode(ClientError.Code.failed.rawValue) }
    }
}
