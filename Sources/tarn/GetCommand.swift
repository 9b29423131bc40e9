internal import ArgumentParser
internal import TarnClient
internal import TarnCore

/// `tarn get`: one file's content, verified, into a file.
struct GetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Get one file, verified against its SHA-256.",
        discussion: "Without FILE, it goes into the current folder under its own name; '-' is standard output."
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "A path of the namespace.")
    var path: String

    @Argument(help: "The file or folder to write to.")
    var file: String?

    @Option(help: "Get it as it was at this op, root or time.", transform: SnapshotArgument.checked)
    var at: String?

    func run() async throws {
        let path = try PathArgument.namespace(self.path)
        try await ClientSession.run(self.options) { session in
            let download = try await ContentDownload(client: session.client, path: path, selector: self.at)
            let file = self.file ?? path.name
            if file == "-" { return try await download.read { try Console.write(bytes: $0) } }
            try await download.write(to: file)
            if session.isJSON {
                try Console.line(ListedEntry(path: path, entry: download.entry).json)
            } else {
                try Console.line("\(path): \(HumanText.bytes(download.entry.size)) at op \(download.op), verified")
            }
        }
    }
}
