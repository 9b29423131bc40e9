import NIOCore
import Synchronization
import TarnClient
import TarnCore
import Testing

@testable import TarnBackup

@Suite("Objects in a bucket")
struct S3StoreTests {
    /// A service in memory that fails as it is told to.
    final class Service: TarnTransport {
        struct State {
            var objects: [String: [UInt8]] = [:]
            var parts: [Int: [UInt8]] = [:]
            var log: [String] = []
            /// Answers with these statuses before it does anything.
            var failures: [Int] = []
            var pauses: [Int] = []
            var pageCount = 1_000
        }

        let state = Mutex(State())

        func pause(milliseconds: Int) async throws { self.state.withLock { $0.pauses.append(milliseconds) } }

        func exchange(
            _ request: TransportRequest,
            with url: String,
            receive: @Sendable (Int, ByteBuffer) async throws -> Void
        ) async throws -> TransportResponseHead {
            let (status, headers, body) = try self.answer(request)
            try await receive(status, ByteBuffer(bytes: body))
            return TransportResponseHead(status: status, headers: headers)
        }

        private func answer(_ request: TransportRequest) throws -> (Int, [String: String], [UInt8]) {
            try self.state.withLock { state in
                state.log.append("\(request.method.rawValue) \(request.target)")
                guard request.headers.contains(where: { $0.name == "authorization" }) else { return (403, [:], []) }
                if let failure = state.failures.popLast() {
                    if failure == 0 { throw TransportFailure("cut", mayHaveArrived: true) }
                    return (failure, [:], Array("<Error><Code>Slow</Code><Message>a &amp; b</Message></Error>".utf8))
                }
                let target = request.target.split(separator: "?", maxSplits: 1)
                let query = target.count > 1 ? String(target[1]) : ""
                return Self.answer(request, String(target[0]), query, &state)
            }
        }

        private static func answer(
            _ request: TransportRequest,
            _ path: String,
            _ query: String,
            _ state: inout State
        ) -> (Int, [String: String], [UInt8]) {
            let body = Array((request.body ?? ByteBuffer()).readableBytesView)
            switch request.method {
            case .get where query.contains("list-type"): return (200, [:], self.list(query, state))
            case .get:
                guard let object = state.objects[path] else { return (404, [:], []) }
                let range = request.headers.first { $0.name == "range" }?.value.dropFirst(6).split(separator: "-") ?? []
                let bounds = range.compactMap { Int($0) }
                guard bounds.count == 2, bounds[0] < object.count else { return (416, [:], []) }
                return (206, ["content-range": "bytes"], Array(object[bounds[0]...min(bounds[1], object.count - 1)]))
            case .put where query.contains("partNumber"):
                let number = Int(query.split(separator: "&")[0].split(separator: "=")[1]) ?? 0
                state.parts[number] = body
                return (200, ["etag": "\"\(number)\""], [])
            case .put:
                state.objects[path] = body
                return (200, [:], [])
            case .post where query == "uploads=":
                return (200, [:], Array("<R><UploadId>u</UploadId></R>".utf8))
            case .post:
                state.objects[path] = state.parts.sorted { $0.key < $1.key }.flatMap(\.value)
                state.parts = [:]
                return (200, [:], [])
            case .delete:
                if query.contains("uploadId") { state.parts = [:] } else { state.objects[path] = nil }
                return (204, [:], [])
            case .head: return (405, [:], [])
            }
        }

        private static func list(_ query: String, _ state: State) -> [UInt8] {
            let start = query.split(separator: "&").first { $0.hasPrefix("continuation-token=") }
            let after = start.map { String($0.split(separator: "=")[1]) } ?? ""
            let names = state.objects.keys.map { String($0.dropFirst("/b/".utf8.count)) }.sorted().filter {
                $0.replacing("/", with: "%2F") > after
            }
            var out = "<ListBucketResult>"
            for name in names.prefix(state.pageCount) {
                out += "<Contents><Key>\(name)</Key><Size>\(state.objects["/b/\(name)"]?.count ?? 0)</Size></Contents>"
            }
            let isMore = names.count > state.pageCount
            out += "<IsTruncated>\(isMore)</IsTruncated>"
            if isMore { out += "<NextContinuationToken>\(names[state.pageCount - 1])</NextContinuationToken>" }
            return Array((out + "</ListBucketResult>").utf8)
        }
    }

    private static func store(_ service: Service) -> S3Store {
        S3Store(
            credentials: S3Credentials(
                accessKey: "a",
                secretKey: "s",
                sessionToken: nil,
                region: "r",
                endpoint: "http://127.0.0.1"
            ),
            bucket: "b",
            prefix: "p/",
            transport: service,
            clock: { 1_700_000_000_000_000 }
        )
    }

    @Test("a small object is written at once and read back", arguments: [0, 1, 1_000])
    func small(count: Int) async throws {
        let service = Service()
        let store = Self.store(service)
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        try await store.write("segments/x", bytes)
        #expect(service.state.withLock { $0.log } == ["PUT /b/p/segments/x"])
        #expect(try await store.read("segments/x", bytesMax: 2_000) == bytes)
        #expect(try await store.read("segments/y", bytesMax: 2_000) == nil)
        #expect(try await store.list("segments/") == [StoredObject(name: "segments/x", bytesCount: UInt64(count))])
        try await store.remove("segments/x")
        try await store.remove("segments/x")
        #expect(try await store.list("segments/").isEmpty)
    }

    @Test("a large object goes in parts and comes in ranges")
    func large() async throws {
        let service = Service()
        let store = Self.store(service)
        let count = 2 * S3Store.partBytesCount + 5
        let whole = (0..<count).map { UInt8(truncatingIfNeeded: $0 / 1_000_003) }
        try await store.write("x", bytesCount: count) { range in
            Array(whole[Int(range.lowerBound)..<Int(range.upperBound)])
        }
        // Not as operands: a failure would print megabytes.
        let isWhole = service.state.withLock { $0.objects["/b/p/x"] == whole }
        #expect(isWhole)
        let received = Mutex<[UInt8]>([])
        #expect(try await store.read("x") { bytes in received.withLock { $0 += bytes } })
        let isSame = received.withLock { $0 == whole }
        #expect(isSame)
    }

    @Test("an upload that fails half-way leaves nothing")
    func aborted() async throws {
        let service = Service()
        let store = Self.store(service)
        await #expect(throws: ClientError.self) {
            try await store.write("x", bytesCount: 2 * S3Store.partBytesCount) { range in
                guard range.lowerBound == 0 else { throw ClientError(.failed, "gone", status: 404) }
                return [UInt8](repeating: 1, count: range.count)
            }
        }
        let (isClean, last) = service.state.withLock { ($0.parts.isEmpty && $0.objects.isEmpty, $0.log.last) }
        #expect(isClean && last == "DELETE /b/p/x?uploadId=u")
    }

    @Test("a busy service and a lost connection are asked again, with longer pauses")
    func retried() async throws {
        let service = Service()
        service.state.withLock { $0.failures = [429, 0, 503] }
        try await Self.store(service).write("x", [1])
        #expect(service.state.withLock { $0.objects["/b/p/x"] } == [1])
        #expect(service.state.withLock { $0.pauses } == [200, 400, 800])
    }

    @Test("a service that stays busy, or says no, is an error that names the object")
    func refused() async throws {
        let service = Service()
        service.state.withLock { $0.failures = Array(repeating: 503, count: 100) }
        let busy = await #expect(throws: ClientError.self) { try await Self.store(service).write("x", [1]) }
        #expect(busy?.message == "s3://b/p/x: Slow: a & b")
        service.state.withLock { $0.failures = [403] }
        let denied = await #expect(throws: ClientError.self) { try await Self.store(service).write("x", [1]) }
        #expect(denied?.code == .rejected && denied?.status == 403)
        #expect(service.state.withLock { $0.pauses.count } == 5)
    }

    @Test("a listing of many pages is complete")
    func pages() async throws {
        let service = Service()
        let store = Self.store(service)
        for index in 0..<7 { try await store.write("roots/\(index)", [UInt8(index)]) }
        service.state.withLock { $0.pageCount = 3 }
        #expect(try await store.list("roots/").map(\.name) == (0..<7).map { "roots/\($0)" })
    }
}
