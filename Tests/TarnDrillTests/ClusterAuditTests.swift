import NIOCore
import Synchronization
import TarnClient
import TarnCore
import Testing

@testable import TarnDrill

/// What a drill asks every datacentre when it is over.
struct ClusterAuditTests {
    /// Nodes whose statuses are given; nil stands for no answer in time.
    private final class StatusTransport: TarnTransport {
        private let statuses: Mutex<[UInt64?]>

        init(commits: [UInt64?]) {
            self.statuses = Mutex(commits)
        }

        var isUsedUp: Bool { self.statuses.withLock { $0.isEmpty } }

        func pause(milliseconds: Int) async throws {}

        func exchange(
            _ request: TransportRequest,
            with url: String,
            receive: @Sendable (Int, ByteBuffer) async throws -> Void
        ) async throws -> TransportResponseHead {
            let commit: UInt64? = self.statuses.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            guard let commit else { throw TransportFailure("no answer in time", mayHaveArrived: true) }
            let row = #"{"dc": "dc1", "reachable": true, "commit": \#(commit), "root": "00"}"#
            let body = #"{"cluster": "c", "primary": "dc1", "datacenters": [\#(row)]}"#
            try await receive(200, ByteBuffer(string: body))
            return TransportResponseHead(status: 200, headers: [:])
        }
    }

    @Test func `a datacentre that does not answer at once, or is behind, is waited for`() async throws {
        let yaml = """
            cluster: "000102030405060708090a0b0c0d0e0f"
            nodes:
              - {dc: dc1, url: "http://127.0.0.1:8101"}
            """
        let transport = StatusTransport(commits: [nil, nil, 3, nil, 5])
        let cluster = try DrillCluster(
            configuration: try ClientConfiguration(yaml: yaml, directory: "/"),
            transport: transport,
            clock: DrillClock()
        )
        let audit = ClusterAudit(cluster: cluster, content: ProbeContent(drillID: "test"), members: [])
        try await audit.waitForCommit(of: Op(5))
        #expect(transport.isUsedUp)
    }
}
