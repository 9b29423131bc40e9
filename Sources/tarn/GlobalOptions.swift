internal import ArgumentParser

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

    @Flag(help: "Answer in JSON.")
    var json = false

    func validate() throws {
        if self.node != nil, self.dc != nil {
            throw ValidationError("--node and --dc both choose the node; give one of them")
        }
    }
}
