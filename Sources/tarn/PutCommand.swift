internal import ArgumentParser
internal import TarnClient
internal import TarnCore

/// `tarn put`: one file into the namespace.
struct PutCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "put",
        abstract: "Put one file, or standard input for '-', at a path."
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The file to read; '-' is standard input.")
    var file: String

    @Argument(help: "A path of the namespace; with a slash at its end, the file keeps its name in that directory.")
    var path: String

    @Flag(help: "Only when nothing stands there.")
    var ifAbsent = false

    @Option(help: ArgumentHelp("Only when this content stands there.", valueName: "sha256"))
    var ifMatch: String?

    func run() async throws {
        let path = try self.target()
        let precondition = try self.precondition()
        try await ClientSession.run(self.options) { session in
            let receipt = try await ContentWriter(client: session.client, path: path)
                .put(self.file, precondition: precondition)
            try session.report(receipt, "put \(path)")
        }
    }

    private func target() throws -> NamespacePath {
        guard self.path.hasSuffix("/"), self.file != "-" else { return try PathArgument.namespace(self.path) }
        let name = self.file.split(separator: "/").last.map(String.init) ?? ""
        return try PathArgument.namespace(self.path + name)
    }

    private func precondition() throws -> Change.Precondition {
        guard let hex = self.ifMatch else { return self.ifAbsent ? .absent : .any }
        guard !self.ifAbsent else { throw ValidationError("--if-absent and --if-match exclude each other") }
        guard let content = Digest(hex: hex) else {
            throw ValidationError("--if-match '\(hex)' is not a SHA-256 of 64 hex digits")
        }
        return .content(content)
    }
}
