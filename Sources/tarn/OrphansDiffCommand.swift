internal import ArgumentParser
internal import TarnClient
internal import TarnCore

/// `tarn orphans diff`: what replaying an orphan would do to what stands there now.
struct OrphansDiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Show what an orphan would do to the present state.",
        discussion: """
            '+' would be new, '~' would get other content, '-' would go, '>' would move, '=' is as the orphan wants it already, \
            '!' cannot be: nothing stands there.
            """
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The orphan's hash, or the beginning of it.")
    var hash: String

    func run() async throws {
        try await OrphanSource.withChanges(of: self.hash, self.options) { hash, changes, session in
            var rows: [JSONValue] = []
            if !session.isJSON { try Console.line("orphan \(hash)") }
            for change in changes {
                let present = try await session.client.entry(at: change.path)?.entry
                if session.isJSON {
                    let row = ["present": OrphanSource.json(present, at: change.path)]
                    rows.append(.object(row.merging(OrphanSource.json(change)) { $1 }))
                } else {
                    try Console.line(Self.text(change, present: present))
                }
            }
            guard session.isJSON else { return }
            try Console.line(JSONValue.object(["orphan": .string(hash), "changes": .array(rows)]).json)
        }
    }

    private static func text(_ change: Change, present: Entry?) -> String {
        let path = TextTable.printable(change.path.string)
        func size(_ entry: Entry) -> String { entry.isDirectory ? "directory" : HumanText.bytes(entry.size) }
        switch (change.action, present) {
        case (.put(let entry), nil): return "+ \(path)  \(size(entry))"
        case (.put(let entry), let present?) where present.content == entry.content && present.kind == entry.kind:
            return "= \(path)"
        case (.put(let entry), let present?): return "~ \(path)  \(size(present)) → \(size(entry))"
        case (.delete, nil): return "= \(path)  gone already"
        case (.delete(let recursive), let present?):
            return "- \(path)  \(size(present))\(recursive ? " and all below" : "")"
        case (.move, nil): return "! \(path)  nothing to move"
        case (.move(let target), _?): return "> \(path)  to \(TextTable.printable(target.string))"
        }
    }
}
