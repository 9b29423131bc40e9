internal import ArgumentParser
internal import TarnCore

/// The options that all client commands share.
struct GlobalOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The client's configuration; TARN_CONFIG when absent.", valueName: "client.yaml"))
    var config: String?

    @Option(help: ArgumentHelp("Ask this node instead of those of the configuration.", valueName: "url"))
    var node: String?

    @Option(help: "The bearer token; that of the configuration when absent.")
    var token: String?

    @Option(help: ArgumentHelp("Ask this datacentre's node and no other.", valueName: "name"))
    var dc: String?

    @Option(
        help: ArgumentHelp(
            "How much reads must have seen: linearizable, bounded:MS, atLeast:OP or local; tells what was served.",
            valueName: "level"
        ),
        transform: Self.readLevel
    )
    var read: ReadLevel?

    @Flag(help: "Answer in JSON.")
    var json = false

    private static func readLevel(_ text: String) throws -> ReadLevel {
        guard let level = ReadLevel(text) else {
            throw ValidationError("'\(text)' is no level of reading; \(ReadLevel.expected) is expected")
        }
        return level
    }

    func validate() throws {
        if self.node != nil, self.dc != nil {
            throw ValidationError("--node and --dc both choose the node; give one of them")
        }
    }
}
