internal import ArgumentParser
internal import TarnClient

/// `tarn export`: a directory of the namespace into a folder.
struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Export a directory into a folder.",
        discussion: """
            Every file is verified against its SHA-256 and gets its modification time. What is there already is not fetched. Files that \
            cannot be read or written are named, the others are exported, and the exit code is 1.
            """
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "A directory of the namespace.")
    var path: String

    @Argument(help: "The folder to write to; made when it is missing.")
    var folder: String

    @Option(help: "Export it as it was at this op, root or time.", transform: SnapshotArgument.checked)
    var at: String?

    func run() async throws {
        let path = try PathArgument.namespace(self.path)
        let folder = try PathArgument.local(self.folder)
        let line = ProgressLine("exporting") { Console.errorText($0) }
        let isTerminal = Console.isErrorTerminal
        try await ClientSession.run(self.options) { session in
            defer { line.finish() }
            let exporter = Exporter(
                client: session.client,
                source: path,
                folder: folder,
                selector: self.at,
                stateFolder: session.stateFolder,
                warn: { Console.error("tarn: \($0)") },
                progress: { if isTerminal { line.show($0) } }
            )
            let result = try await exporter.run()
            line.finish()
            try Console.line(session.isJSON ? result.json : Self.text(result))
            try result.problems.report()
        }
    }

    private static func text(_ result: ExportResult) -> String {
        "\(HumanText.plural(result.filesCount, "file")), \(HumanText.bytes(result.bytesCount)): "
            + "\(HumanText.count(UInt64(result.filesWrittenCount))) written (\(HumanText.bytes(result.bytesWrittenCount))), "
            + "\(HumanText.seconds(result.seconds))\nop \(result.op), root \(result.root)"
    }
}
