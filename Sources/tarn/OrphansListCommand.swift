internal import ArgumentParser
internal import TarnClient
internal import TarnCore

/// `tarn orphans list`: the orphans of every datacentre that answers.
struct OrphansListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List orphans; those that were decided, or committed after all, with --all."
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
        for (datacenter, orphan) in try await OrphanSource.all(self.options)
        where self.all || orphan["state"]?.string == "open" {
            rows.append(orphan.json)
            table.append([
                datacenter, orphan["hash"]?.string ?? "", orphan["op"]?.display ?? "", orphan["view"]?.display ?? "",
                orphan["time"]?.string ?? "", orphan["request"]?.string ?? "", orphan["changes"]?.display ?? "",
                orphan["state"]?.string ?? "",
            ])
        }
        if self.options.json { return try Console.line("[" + rows.joined(separator: ",\n ") + "]") }
        try Console.write(rows.isEmpty ? "no orphans\n" : table.text)
    }
}
