internal import ArgumentParser
internal import TarnClient
internal import TarnCore

/// `tarn import`: a folder into a directory of the namespace.
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Import a folder into a directory.",
        discussion: """
            Only what changed since the last import of the same folder is read and sent. Symbolic links, sockets and files that cannot \
            be read are named and left out, and the exit code is then 1. Data files of Delta tables become visible before the commits \
            that name them, and deletions last.
            """
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The folder to import.")
    var source: String

    @Argument(help: "The directory of the namespace; made when it is missing.")
    var path: String

    @Flag(help: "Delete from the directory what the folder does not have.")
    var mirror = false

    @Option(
        help: ArgumentHelp(
            "Leave out what this pattern matches, in the syntax of .gitignore; may be repeated, the last match decides.",
            valueName: "pattern"
        )
    )
    var exclude: [String] = []

    @Flag(name: [.long, .customShort("n")], help: "Only say what would be done.")
    var dryRun = false

    func run() async throws {
        var importing = Importer.Options(
            source: try PathArgument.local(self.source),
            target: try PathArgument.namespace(self.path)
        )
        importing.isMirror = self.mirror
        importing.isDryRun = self.dryRun
        importing.patterns = self.exclude
        let line = ProgressLine("importing") { Console.errorText($0) }
        let isTerminal = Console.isErrorTerminal
        try await ClientSession.run(self.options) { session in
            defer { line.finish() }
            let importer = Importer(
                client: session.client,
                options: importing,
                stateFolder: session.stateFolder,
                warn: { Console.error("tarn: \($0)") },
                progress: { if isTerminal { line.show($0) } }
            )
            let result = try await importer.run()
            line.finish()
            try Console.line(session.isJSON ? result.json : Self.text(result))
            try result.problems.report()
        }
    }

    private static func text(_ result: ImportResult) -> String {
        if result.isDryRun {
            let intents = result.intents.map { "\($0.action.rawValue) \(TextTable.printable($0.path.string))" }
            return
                (intents + [
                    "would make up to \(HumanText.plural(Int(clamping: result.changesCount), "change")); "
                        + "\(HumanText.plural(result.unchangedCount, "file")) unchanged"
                ]).joined(separator: "\n")
        }
        var text = "\(HumanText.plural(result.filesCount, "file")), \(HumanText.bytes(result.bytesCount)): "
        text += "\(HumanText.plural(Int(clamping: result.changesCount), "change")), "
        text += "\(HumanText.bytes(result.newStoredBytesCount)) new in store"
        if result.movedCount > 0 { text += ", \(HumanText.count(UInt64(result.movedCount))) moved" }
        if result.deletedCount > 0 { text += ", \(HumanText.count(UInt64(result.deletedCount))) deleted" }
        return text + ", \(HumanText.seconds(result.seconds))\nop \(result.op), root \(result.root)"
    }
}
