internal import ArgumentParser
internal import TarnClient
internal import TarnCore

/// `tarn mv`: renames a file or a directory with all that is below it.
struct MoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mv",
        abstract: "Move a file or directory; one change, whatever is below it.",
        discussion: "When TARGET is a directory, SOURCE moves into it."
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "A path of the namespace.")
    var source: String

    @Argument(help: "A path of the namespace.")
    var target: String

    func run() async throws {
        let source = try PathArgument.namespace(self.source)
        let wanted = try PathArgument.namespace(self.target)
        try await ClientSession.run(self.options) { session in
            let target = try await session.client.destination(of: source, at: wanted)
            let receipt = try await session.client.commit([Change(path: source, action: .move(to: target))])
            try session.report(receipt, "moved \(source) to \(target)")
        }
    }
}
