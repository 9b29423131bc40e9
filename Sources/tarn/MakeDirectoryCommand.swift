internal import ArgumentParser
internal import TarnClient
internal import TarnCore

/// `tarn mkdir`: makes directories, and those above them.
struct MakeDirectoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mkdir",
        abstract: "Make directories; those above them are made where they are missing."
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "Paths of the namespace.")
    var paths: [String]

    @Flag(name: .short, help: "A directory that exists already is no error.")
    var parents = false

    func run() async throws {
        let paths = try self.paths.map { try PathArgument.namespace($0) }
        try await ClientSession.run(self.options) { session in
            for path in paths {
                if self.parents, try await session.client.entry(at: path)?.entry.isDirectory == true { continue }
                let change = Change(path: path, precondition: .absent, action: .put(.directory()))
                try session.report(try await session.client.commit([change]), "made \(path)")
            }
        }
    }
}
