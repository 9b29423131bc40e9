internal import ArgumentParser
internal import TarnClient
internal import TarnCore

/// `tarn verify`: checks a proof offline, or has nodes re-hash all that they store.
struct VerifyCommand: AsyncParsableCommand {
    /// Of a genesis, a membership or a receipt.
    private static let fileBytesMax = 1 << 20

    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check a proof offline, or have nodes re-hash everything that they store.",
        discussion: """
            tarn verify --proof FILE --root HEX   checks a proof with nothing but the file and a root that you trust
            tarn verify --receipt FILE --genesis FILE   checks who signed for an op; the genesis lies in every node's folder
            tarn verify --dc NAME                 one datacentre's node re-hashes what it stores
            tarn verify                           all datacentres, one after the other, whose roots must then be equal at equal ops

            The exit code is 1 when something does not hold.
            """
    )

    @OptionGroup var options: GlobalOptions

    @Option(help: "A proof as 'tarn prove' prints it; '-' is standard input.")
    var proof: String?

    @Option(help: ArgumentHelp("The root to check it against.", valueName: "hex"))
    var root: String?

    @Option(help: "A receipt as 'tarn receipt' prints it; '-' is standard input.")
    var receipt: String?

    @Option(help: ArgumentHelp("The cluster's genesis.bin, which names the keys.", valueName: "file"))
    var genesis: String?

    @Option(
        help: ArgumentHelp(
            "What 'tarn cluster members --save' wrote, where datacentres joined after the genesis.",
            valueName: "file"
        )
    )
    var membership: String?

    func validate() throws {
        guard (self.receipt == nil) == (self.genesis == nil), self.receipt == nil || self.proof == nil else {
            throw ValidationError("--receipt and --genesis go together, and not with --proof")
        }
        guard self.membership == nil || self.receipt != nil else {
            throw ValidationError("--membership belongs to --receipt and --genesis: it says who may sign")
        }
        guard (self.proof == nil) == (self.root == nil) else {
            throw ValidationError("--proof and --root go together")
        }
    }

    func run() async throws {
        if let proof = self.proof, let root = self.root { return try self.verifyOffline(proof, root) }
        if let receipt = self.receipt, let genesis = self.genesis {
            return try self.verify(receipt: receipt, genesis: genesis)
        }
        let configuration = try ClientSession.configuration(self.options)
        var reports: [RemoteVerification.Report] = []
        var isSound = true
        let names = self.options.dc.map { [$0] } ?? configuration.nodes.map { $0.datacenter?.name }
        for name in names {
            do {
                let report = try await self.verify(configuration, name)
                isSound = isSound && report.isSound
                reports.append(report)
            } catch let error as ClientError where names.count > 1 {
                Console.error("tarn: \(name ?? "the node"): \(error.message)")
                isSound = false
            }
        }
        if let (left, right) = RemoteVerification.contradiction(reports) {
            Console.error("tarn: two datacentres have different roots at op \(left.op): \(left.root) and \(right.root)")
            isSound = false
        }
        if !isSound { throw ExitCode(ClientError.Code.failed.rawValue) }
    }

    private func verify(receipt location: String, genesis path: String) throws {
        let genesis: Genesis
        let joined: Membership?
        let bytes: [UInt8]
        do {
            genesis = try Genesis(decoding: try FileContent.read(path, bytesMax: Self.fileBytesMax))
            joined = try self.membership.map {
                try Membership(decoding: try FileContent.read($0, bytesMax: Self.fileBytesMax))
            }
            bytes = try FileContent.read(location == "-" ? "/dev/stdin" : location, bytesMax: Self.fileBytesMax)
        } catch {
            throw ClientError(.usage, "cannot read receipt and genesis: \(error)")
        }
        let receipt = try OfflineReceipt(json: bytes)
        let holders = try joined.map { try receipt.holders(in: $0, of: genesis) } ?? receipt.verify(against: genesis)
        let others = receipt.receipt.signatures.map(\.datacenter).filter { !holders.contains($0) }
        if self.options.json {
            let document: JSONValue = [
                "verified": .boolean(true), "op": .integer(receipt.receipt.op.number),
                "root": .string(receipt.receipt.root.hex), "held_by": .array(holders.map { .string($0.name) }),
                "not_looked_at": .array(others.map { .string($0.name) }),
            ]
            return try Console.line(document.json)
        }
        let names = holders.map(\.name).joined(separator: ", ")
        try Console.line("verified: op \(receipt.receipt.op) and all its blobs are held by \(names)")
        if !others.isEmpty {
            let list = others.map(\.name).joined(separator: ", ")
            try Console.line("signed by \(list), too, with no vote in that membership: not looked at")
        }
    }

    private func verifyOffline(_ location: String, _ rootText: String) throws {
        guard let root = Digest(hex: rootText) else {
            throw ClientError(.usage, "--root '\(rootText)' is not 64 hex digits")
        }
        let bytes: [UInt8]
        do {
            bytes = try FileContent.read(location == "-" ? "/dev/stdin" : location, bytesMax: 64 << 20)
        } catch {
            throw ClientError(.usage, "cannot read the proof: \(error)")
        }
        let proof = try OfflineProof(json: bytes)
        let text: String
        switch proof.verify(root: root) {
        case .included(let entry) where entry.isDirectory: text = "a directory"
        case .included(let entry): text = "\(HumanText.bytes(entry.size)) with SHA-256 \(entry.content)"
        case .absent: text = "nothing"
        case .invalid(let reason):
            throw ClientError(.failed, "the proof for \(proof.path) does not hold for root \(root): \(reason)")
        }
        if self.options.json {
            try Console.line(proof.json(root: root))
        } else {
            try Console.line("verified: in the state with root \(root), \(proof.path) holds \(text)")
        }
    }

    private func verify(_ configuration: ClientConfiguration, _ name: String?) async throws -> RemoteVerification.Report
    {
        let line = ProgressLine("verifying\(name.map { " \($0)," } ?? "")") { Console.errorText($0) }
        let isTerminal = Console.isErrorTerminal
        var found: RemoteVerification.Report?
        try await ClientSession.run(self.options, configuration, datacenter: name) { session in
            defer { line.finish() }
            let report = try await RemoteVerification(client: session.client).run { done, total in
                guard isTerminal else { return }
                var progress = TransferProgress()
                progress.bytesDone = done
                progress.bytesCount = total
                line.show(progress)
            }
            line.finish()
            try self.show(report, name)
            found = report
        }
        guard let found else { throw ClientError(.failed, "the verification gave no report") }
        return found
    }

    private func show(_ report: RemoteVerification.Report, _ name: String?) throws {
        if self.options.json { return try Console.line(report.json(datacenter: name)) }
        let place = name.map { "\($0): " } ?? ""
        let what = "\(HumanText.count(report.blobCount)) blobs, \(HumanText.bytes(report.bytesCount)), op \(report.op)"
        guard !report.isSound else {
            return try Console.line("\(place)sound: \(what), root \(report.root) recomputed")
        }
        try Console.line("\(place)NOT SOUND: \(what)")
        if report.root != report.expectedRoot {
            try Console.line("  the root is \(report.root), but the log names \(report.expectedRoot)")
        }
        for bad in report.bad { try Console.line("  \(TextTable.printable(bad))") }
    }
}
