internal import ArgumentParser
internal import TarnClient
internal import TarnCore

/// `tarn cp`: names contents a second time. Nothing is transferred: both paths name the same blobs.
struct CopyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cp",
        abstract: "Copy a file or, with -r, a directory, inside the cluster.",
        discussion:
            "When TARGET is a directory, SOURCE is copied into it. No content travels, and none is stored twice."
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "A path of the namespace.")
    var source: String

    @Argument(help: "A path of the namespace.")
    var target: String

    @Flag(name: .shortAndLong, help: "Copy a directory with everything below it.")
    var recursive = false

    @Option(help: "Copy it as it was at this op, root or time.", transform: SnapshotArgument.checked)
    var at: String?

    func run() async throws {
        let source = try PathArgument.namespace(self.source)
        let wanted = try PathArgument.namespace(self.target)
        try await ClientSession.run(self.options) { session in
            let target = try await session.client.destination(of: source, at: wanted)
            let copier = NamespaceCopier(client: session.client, source: source, target: target, selector: self.at)
            let copied = try await copier.copy(isRecursive: self.recursive)
            try session.report(
                copied.receipt,
                "copied \(HumanText.plural(copied.count, "entry", "entries")) to \(target)"
            )
        }
    }
}
