internal import NIOCore
internal import Synchronization
package import TarnClient
package import TarnCore

/// The nodes of one cluster, each to be asked by itself: a drill wants to know what every one of them says, and when it
/// says nothing.
package struct DrillCluster: Sendable {
    /// What one node answered.
    struct Answer: Sendable {
        let status: Int
        let headers: [String: String]
        let body: [UInt8]

        var isSuccess: Bool { (200..<300).contains(self.status) }
        var json: JSONValue? { try? JSONValue(parsing: self.body) }
        /// What an answer other than success says.
        var message: String { self.json?["message"]?.string ?? "HTTP status \(self.status)" }
    }

    static let statusDeadlineMilliseconds = 1_000

    package let configuration: ClientConfiguration
    package let clock: DrillClock
    private let transport: any TarnTransport
    /// With their URLs, in the order of the configuration.
    let nodes: [(datacenter: DatacenterID, url: String)]

    /// Throws when the configuration does not name the datacentres of the nodes.
    package init(
        configuration: ClientConfiguration,
        transport: any TarnTransport,
        clock: DrillClock
    ) throws(DrillError) {
        self.configuration = configuration
        self.transport = transport
        self.clock = clock
        var nodes: [(datacenter: DatacenterID, url: String)] = []
        for node in configuration.nodes {
            guard let name = node.datacenter else {
                throw DrillError("a drill needs all nodes: give --config DIR/client.yaml instead of --node")
            }
            nodes.append((name, node.url))
        }
        self.nodes = nodes
    }

    var datacenters: [DatacenterID] { self.nodes.map(\.datacenter) }

    /// A client that asks one node only, or whichever answers.
    package func client(
        of datacenter: DatacenterID? = nil,
        name: String = "drill",
        readLevel: ReadLevel? = nil
    ) throws -> TarnHTTPClient {
        try TarnHTTPClient(
            configuration: self.configuration,
            transport: self.transport,
            clientName: name,
            datacenter: datacenter?.name,
            readLevel: readLevel
        )
    }

    /// Sends `request` to one node, once, and returns whatever it answers. Throws ``TransportFailure`` when it does
    /// not.
    func ask(_ datacenter: DatacenterID, _ request: TransportRequest) async throws -> Answer {
        guard let node = self.nodes.first(where: { $0.datacenter == datacenter }) else {
            throw DrillError("there is no datacentre '\(datacenter)' in the configuration")
        }
        var request = request
        if let token = self.configuration.token { request.headers.append(("Authorization", "Bearer \(token)")) }
        let body = Mutex<[UInt8]>([])
        let head = try await self.transport.exchange(request, with: node.url) { _, part in
            body.withLock { $0.append(contentsOf: part.readableBytesView) }
        }
        return Answer(status: head.status, headers: head.headers, body: body.withLock { $0 })
    }

    /// The document at `target` as one node has it. Throws when it answers otherwise.
    func document(
        _ target: String,
        of datacenter: DatacenterID,
        deadlineMilliseconds: Int = Self.statusDeadlineMilliseconds
    ) async throws -> JSONValue {
        let request = TransportRequest(.get, target, deadlineMilliseconds: deadlineMilliseconds)
        let answer = try await self.ask(datacenter, request)
        guard answer.isSuccess, let json = answer.json else {
            throw DrillError("\(datacenter) answers to \(target): \(answer.message)")
        }
        return json
    }

    /// What one node answers to `target`, whatever it is.
    func text(_ target: String, of datacenter: DatacenterID) async throws -> String {
        let request = TransportRequest(.get, target, deadlineMilliseconds: 5 * Self.statusDeadlineMilliseconds)
        return String(decoding: try await self.ask(datacenter, request).body, as: UTF8.self)
    }

    func observe(_ datacenter: DatacenterID) async throws -> ClusterObservation {
        let json = try await self.document("/v1/status", of: datacenter)
        guard let observation = ClusterObservation(json: json, of: datacenter, at: self.clock.now) else {
            throw DrillError("\(datacenter) answers with a status that this version does not know")
        }
        return observation
    }

    func card(of datacenter: DatacenterID) async throws -> NodeCard {
        let sentAt = self.clock.now
        let json = try await self.document("/v1/node", of: datacenter)
        guard let card = NodeCard(json: json, sentAt: sentAt, at: self.clock.now) else {
            throw DrillError("\(datacenter) does not say what it is; do all nodes have the same version?")
        }
        return card
    }
}
