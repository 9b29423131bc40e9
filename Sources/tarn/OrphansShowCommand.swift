internal import ArgumentParser
internal import TarnClient
internal import TarnCore

/// `tarn orphans show`: what an orphan would change.
struct OrphansShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show what an orphan would change: '+' puts, '-' deletes, '>' moves."
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The orphan's hash, or the beginning of it.")
    var hash: String

    func run() async throws {
        let (hash, changes) = try await OrphanSource.changes(of: self.hash, self.options)
        if self.options.json {
            let rows = changes.map { JSONValue.object(OrphanSource.json($0)) }
            return try Console.line(JSONValue.object(["orphan": .string(hash), "changes": .array(rows)]).json)
        }
        try Console.write("orphan \(hash)\n")
        for change in changes { try Console.line(Self.text(change)) }
    }

    private static func text(_ change: Change) -> String {
        let path = TextTable.printable(change.path.string)
        switch change.action {
        case .put(let entry):
            return "+ \(path)  \(entry.isDirectory ? "directory" : HumanText.bytes(entry.size) + " \(entry.content)")"
        case .delete(let recursive): return "- \(path)\(recursive ? "  and all below" : "")"
        case .move(let target): return "> \(path)  to \(TextTable.printable(target.string))"
        }
    }
}
