internal import ArgumentParser
internal import TarnClient

/// `tarn prove`: a proof of what stands at a path, to be kept and checked anywhere.
struct ProveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prove",
        abstract: "Print a proof of what stands at a path, as JSON.",
        discussion:
            "Check it anywhere with 'tarn verify --proof FILE --root HEX'. It is checked here, too, before it is printed."
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "A path of the namespace; that nothing stands there is proved as well.")
    var path: String

    @Option(help: "Prove it at this op, root or time.", transform: SnapshotArgument.checked)
    var at: String?

    func run() async throws {
        let path = try PathArgument.namespace(self.path)
        try await ClientSession.run(self.options) { session in
            let answer = try await session.client.get("/v1/proofs", path, query: [("at", self.at)])
            let proof = try OfflineProof(json: answer.body)
            guard let root = proof.claimedRoot else { throw ClientError(.failed, "the node's proof names no root") }
            guard proof.path == path else {
                throw ClientError(.failed, "the node proved \(proof.path) instead of \(path)")
            }
            if case .invalid(let reason) = proof.verify(root: root) {
                throw ClientError(.failed, "the node's proof does not hold: \(reason)")
            }
            try Console.write(bytes: answer.body + [0x0a])
        }
    }
}
