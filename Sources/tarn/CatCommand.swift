internal import ArgumentParser
internal import TarnClient

/// `tarn cat`: contents of files on standard output.
struct CatCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "cat", abstract: "Write files to standard output.")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "Paths of the namespace.")
    var paths: [String]

    @Option(help: "Show them as they were at this op, root or time.", transform: SnapshotArgument.checked)
    var at: String?

    func run() async throws {
        let paths = try self.paths.map { try PathArgument.namespace($0) }
        try await ClientSession.run(self.options) { session in
            for path in paths {
                let download = try await ContentDownload(client: session.client, path: path, selector: self.at)
                try await download.read { try Console.write(bytes: $0) }
            }
        }
    }
}
