internal import ArgumentParser
internal import TarnClient
internal import TarnCore

/// `tarn diff`: what differs between two states.
struct DiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Show the paths that differ between two ops.",
        discussion:
            "FROM and TO are ops, roots or times. '+' is new, '-' is gone, '~' has other content, '.' has other attributes."
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The older state.", transform: SnapshotArgument.checked)
    var from: String

    @Argument(help: "The newer state.", transform: SnapshotArgument.checked)
    var to: String

    @Argument(help: "Only what differs at or below this path.")
    var path: String?

    func run() async throws {
        let path = try self.path.map { try PathArgument.namespace($0) } ?? .root
        try await ClientSession.run(self.options) { session in
            if session.isJSON { try Console.write("[") }
            var count = 0
            try await session.client.eachDifference(from: self.from, to: self.to, path: path) { difference in
                if session.isJSON {
                    try Console.write((count > 0 ? ",\n " : "\n ") + difference.json)
                } else {
                    try Console.line(Self.text(difference))
                }
                count += 1
            }
            if session.isJSON { try Console.line(count > 0 ? "\n]" : "]") }
        }
    }

    private static func text(_ difference: DifferencePage.Difference) -> String {
        let path = TextTable.printable(difference.path.string)
        func size(_ entry: Entry) -> String { entry.isDirectory ? "directory" : HumanText.bytes(entry.size) }
        switch (difference.old, difference.new) {
        case (nil, let new?): return "+ \(path)  \(size(new))"
        case (let old?, nil): return "- \(path)  \(size(old))"
        case (let old?, let new?) where old.content != new.content || old.kind != new.kind:
            return "~ \(path)  \(size(old)) → \(size(new))"
        default: return ". \(path)"
        }
    }
}
