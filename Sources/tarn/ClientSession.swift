internal import TarnClient
internal import TarnCore
internal import TarnCrypto

/// An open client, for the length of one command.
struct ClientSession {
    let client: TarnHTTPClient
    /// Where the client remembers things; nil when the environment names no place.
    let stateFolder: StateFolder?
    let isJSON: Bool

    /// Opens a client as `options` say, runs `body`, and remembers the op of its last write.
    static func run(_ options: GlobalOptions, _ body: (ClientSession) async throws -> Void) async throws {
        try await self.run(options, self.configuration(options), datacenter: options.dc, body)
    }

    /// The same for one datacentre of `configuration`.
    static func run(
        _ options: GlobalOptions,
        _ configuration: ClientConfiguration,
        datacenter: String?,
        _ body: (ClientSession) async throws -> Void
    ) async throws {
        let transport = try HTTPTransport(authorityPath: configuration.authorityPath)
        do {
            try await self.run(options, configuration, datacenter, transport, body)
        } catch {
            try? await transport.shutdown()
            throw error
        }
        try await transport.shutdown()
    }

    static func configuration(_ options: GlobalOptions) throws -> ClientConfiguration {
        let named = options.config ?? StateFolder.environment()["TARN_CONFIG"]
        // A variable without a value names none.
        let path = named.flatMap { $0.isEmpty ? nil : $0 }
        if let node = options.node {
            // The configuration still knows the token and the authority.
            let known = try path.map { try ClientConfiguration(path: $0) }
            return try ClientConfiguration(
                nodeURL: node,
                token: options.token ?? known?.token,
                authorityPath: known?.authorityPath
            )
        }
        guard let path else {
            throw ClientError(
                .usage,
                "which cluster? give --config DIR/client.yaml, set TARN_CONFIG, or give --node URL --token T"
            )
        }
        return try ClientConfiguration(path: path).with(token: options.token)
    }

    private static func run(
        _ options: GlobalOptions,
        _ configuration: ClientConfiguration,
        _ datacenter: String?,
        _ transport: HTTPTransport,
        _ body: (ClientSession) async throws -> Void
    ) async throws {
        let client = try TarnHTTPClient(
            configuration: configuration,
            transport: transport,
            clientName: "cli-\(Hex.encode(try SecureRandom.bytes(count: 8)))",
            datacenter: datacenter,
            readLevel: options.read
        )
        let stateFolder = StateFolder(environment: StateFolder.environment())
        var cluster: String?
        var remembered: Op?
        if let stateFolder {
            cluster = configuration.cluster
            // A token that may not ask for the status can do without the memory.
            if cluster == nil { cluster = try? await client.clusterName() }
            remembered = cluster.flatMap { stateFolder.lastWrite(cluster: $0) }
            if let remembered { client.raise(atLeast: remembered) }
        }
        defer {
            if let stateFolder, let cluster, let op = client.lastWrite {
                do {
                    try stateFolder.remember(lastWrite: op, cluster: cluster)
                } catch {
                    Console.error(
                        "tarn: cannot remember the last write, so another datacentre may not show it at once: \(error)"
                    )
                }
            }
        }
        do {
            try await body(ClientSession(client: client, stateFolder: stateFolder, isJSON: options.json))
        } catch let error as ClientError {
            guard let stateFolder, let cluster, let remembered else { throw error }
            throw stateFolder.explained(error, remembered: remembered, cluster: cluster)
        }
        if let read = client.lastRead {
            let age = read.staleAtMostMilliseconds.map { "at most \($0) ms old" } ?? "of unknown age"
            Console.error("tarn: read \(read.level) at op \(read.op), \(age)")
        }
    }

    /// Says that a write was committed.
    func report(_ receipt: TarnHTTPClient.Receipt, _ text: String) throws {
        if self.isJSON { return try Console.line(receipt.document.json) }
        let places = receipt.durableAt.isEmpty ? "" : ", durable at \(receipt.durableAt.joined(separator: ", "))"
        try Console.line("\(text): op \(receipt.op), root \(HumanText.digest(receipt.root.hex))\(places)")
    }
}
