import NIOCore
import Synchronization
import TarnClient
import TarnCore
import Testing

@testable import TarnBackup

@Suite("Making a backup")
struct BackupRunTests {
    /// A node that has one segment and one op, and perhaps something damaged.
    private struct FakeNode: TarnTransport {
        let backup: BackupRoot
        let trouble: String?

        func pause(milliseconds: Int) async throws {}

        func exchange(
            _ request: TransportRequest,
            with url: String,
            receive: @Sendable (Int, ByteBuffer) async throws -> Void
        ) async throws -> TransportResponseHead {
            let answer: [UInt8]?
            switch request.target.split(separator: "?")[0] {
            case "/v1/backup": answer = Array(self.state.json.utf8)
            case "/v1/receipts/99": answer = Array(self.backup.receipt.json.utf8)
            case "/v1/backup/segments/1": answer = [UInt8](repeating: 1, count: 100)
            default: answer = nil
            }
            try await receive(answer == nil ? 404 : 200, ByteBuffer(bytes: answer ?? []))
            return TransportResponseHead(status: answer == nil ? 404 : 200, headers: [:])
        }

        private var state: JSONValue {
            var members: [(String, JSONValue)] = [
                ("dc", .string(self.backup.datacenter.name)), ("op", .integer(self.backup.op.number)),
                ("root", .string(self.backup.root.hex)), ("genesis", .string(Base64.encode(self.backup.genesis))),
                ("reconfigurations", .array([])),
                (
                    "segments",
                    .array(
                        self.backup.segments.map {
                            .object([
                                "number": .integer(UInt64($0.number)), "stream": .string($0.stream),
                                "bytes": .integer($0.bytesCount), "fingerprint": .string($0.fingerprint.hex),
                            ])
                        }
                    )
                ),
            ]
            if let trouble { members.append(("trouble", .string(trouble))) }
            return .object(Dictionary(members) { first, _ in first })
        }
    }

    /// Objects in memory.
    private final class Objects: ObjectStore {
        let description = "memory"
        let objects = Mutex<[String: [UInt8]]>([:])

        func list(_ folder: String) async throws -> [StoredObject] {
            self.objects.withLock { objects in
                objects.filter { $0.key.hasPrefix(folder) }.sorted { $0.key < $1.key }
                    .map { StoredObject(name: $0.key, bytesCount: UInt64($0.value.count)) }
            }
        }

        func read(
            _ name: String,
            receive: @escaping @Sendable ([UInt8]) async throws -> Void
        ) async throws -> Bool {
            guard let bytes = self.objects.withLock({ $0[name] }) else { return false }
            try await receive(bytes)
            return true
        }

        func write(
            _ name: String,
            bytesCount: UInt64,
            piece: @escaping @Sendable (Range<UInt64>) async throws -> [UInt8]
        ) async throws {
            let bytes = try await piece(0..<bytesCount)
            self.objects.withLock { $0[name] = bytes }
        }

        func remove(_ name: String) async throws { self.objects.withLock { $0[name] = nil } }
    }

    @Test(
        "older backups are removed only when the node has nothing damaged",
        arguments: [nil, "damaged and not healed: /workspace/a (it is gone)"]
    )
    func keep(trouble: String?) async throws {
        let cluster = try SigningCluster(["dc1"])
        let store = Objects()
        let shelf = BackupShelf(store: store)
        try await shelf.claim(for: cluster.genesis.clusterName)
        let earlier = try BackupRoot.sample([.sample(2, hasContent: true)])
        try await store.write(BackupNames.root(earlier.op), earlier.encoded())
        let node = FakeNode(backup: try cluster.backup(from: "dc1", signed: ["dc1"], changes: []), trouble: trouble)
        let client = try TarnHTTPClient(
            configuration: try ClientConfiguration(nodeURL: "http://127.0.0.1:1", token: "t"),
            transport: node,
            clientName: "test"
        )
        let run = BackupRun(source: BackupSource(client: client), store: store)
        let summary = try await run.run(now: Timestamp(microseconds: 1_700_000_000_000_000), keep: 1)
        #expect(summary.trouble == trouble && summary.removedCount == (trouble == nil ? 1 : 0))
        #expect(try await shelf.roots() == (trouble == nil ? [Op(99)] : [Op(7), Op(99)]))
    }
}
