internal import ArgumentParser
internal import TarnClient
internal import TarnCore

/// `tarn rm`: deletes files and directories.
struct RemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Delete files, empty directories or, with -r, whole directories."
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "Paths of the namespace.")
    var paths: [String]

    @Flag(name: .shortAndLong, help: "Delete directories with everything below them.")
    var recursive = false

    func run() async throws {
        let paths = try self.paths.map { try PathArgument.namespace($0) }
        try await ClientSession.run(self.options) { session in
            for path in paths {
                let target = PercentEncoding.target(
                    "/v1/content",
                    path,
                    query: [("recursive", self.recursive ? "true" : nil)]
                )
                let receipt = try await session.client.commit(
                    TransportRequest(.delete, target, deadlineMilliseconds: Limits.clientDeadlineMilliseconds)
                )
                try session.report(receipt, "removed \(path)")
            }
        }
    }
}
