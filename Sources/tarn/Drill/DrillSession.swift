internal import TarnClient
internal import TarnCore
internal import TarnDrill

/// The cluster as drills see it, for the length of one command.
struct DrillSession {
    let configuration: ClientConfiguration
    /// The file that the configuration was read from.
    let configurationPath: String
    let cluster: DrillCluster
    let folder: DrillFolder
    let isJSON: Bool

    static func run(_ options: GlobalOptions, _ body: (DrillSession) async throws -> Void) async throws {
        let configuration = try ClientSession.configuration(options)
        guard let path = options.config ?? StateFolder.environment()["TARN_CONFIG"] else {
            throw ClientError(.usage, "drills need all nodes: give --config DIR/client.yaml or set TARN_CONFIG")
        }
        let folder = try self.folder(configuration)
        let transport = try HTTPTransport(authorityPath: configuration.authorityPath)
        do {
            let cluster = try DrillCluster(configuration: configuration, transport: transport, clock: DrillClock())
            try await body(
                DrillSession(
                    configuration: configuration,
                    configurationPath: try Self.absolute(path),
                    cluster: cluster,
                    folder: folder,
                    isJSON: options.json
                )
            )
        } catch {
            try? await transport.shutdown()
            throw (error as? DrillError).map { ClientError(.failed, $0.message) } ?? error
        }
        try await transport.shutdown()
    }

    /// Where drills of the cluster are kept on this machine.
    static func folder(_ configuration: ClientConfiguration) throws -> DrillFolder {
        guard let state = StateFolder(environment: StateFolder.environment()), let cluster = configuration.cluster
        else {
            throw ClientError(
                .usage,
                "there is no place to write down what a drill breaks: set XDG_STATE_HOME or HOME, and use a client.yaml"
            )
        }
        return DrillFolder(state: state, cluster: cluster)
    }

    /// The script for what the API cannot do: of the command line, or of the configuration.
    func hook(_ path: String?, drillID: String) throws -> HookRunner? {
        guard let path = path ?? self.configuration.drill?.hook else { return nil }
        return HookRunner(
            path: try Self.absolute(path),
            configurationPath: self.configurationPath,
            folder: self.folder.path(of: drillID),
            drillID: drillID
        )
    }

    var objectives: Objectives {
        let wanted = self.configuration.drill
        let standard = Objectives()
        return Objectives(
            lostMax: wanted?.lostMax ?? standard.lostMax,
            recoveryMillisecondsMax: wanted?.recoveryMillisecondsMax.map { UInt64($0) }
                ?? standard.recoveryMillisecondsMax,
            latencyMillisecondsMax: wanted?.latencyMillisecondsMax.map { UInt64($0) } ?? standard.latencyMillisecondsMax
        )
    }

    /// The newest drill with a report, or the one that is named.
    func report(_ id: String?) async throws -> DrillReport {
        if let id = id ?? self.folder.ids().last(where: { self.folder.report(of: $0) != nil }) {
            if let report = self.folder.report(of: id) { return DrillReport(json: report) }
            return try await self.report(inLog: id)
        }
        let client = try self.cluster.client()
        guard let id = try await DrillDocument.ids(client: client).last else {
            throw ClientError(.rejected, "no drill was ever run; 'tarn drill list' shows the scenarios")
        }
        return try await self.report(inLog: id)
    }

    private func report(inLog id: String) async throws -> DrillReport {
        let client = try self.cluster.client()
        let bytes = try await DrillDocument.read(id, client: client)
        return DrillReport(json: try TarnHTTPClient.parse(bytes, of: "the report of \(id)"))
    }

    static func scenario(_ id: String) throws -> Scenario {
        guard let scenario = Scenario.named(id) else {
            throw ClientError(.usage, "there is no scenario '\(id)'; 'tarn drill list' shows S1 to S15")
        }
        return scenario
    }

    /// Throws with code `usage` when a figure is out of its range.
    static func check(_ settings: DrillSettings) throws {
        do throws(DrillError) {
            try settings.check()
        } catch {
            throw ClientError(.usage, error.message)
        }
    }

    private static func absolute(_ path: String) throws -> String {
        try AbsolutePath.of(path)
    }
}
