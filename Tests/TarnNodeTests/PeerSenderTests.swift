import Dispatch
import Logging
import NIOPosix
import Synchronization
import TarnBlobStore
import TarnConsensus
import TarnCore
import TarnCrypto
import TarnHTTP2
import TarnPeer
import TarnStorage
import Testing

@testable import TarnNode

/// Where deliveries to a peer run.
@Suite struct PeerSenderTests {
    /// A queue that what runs on it can tell from others.
    private final class MarkedExecutor: TaskExecutor {
        private static let mark = DispatchSpecificKey<Bool>()
        private let queue = DispatchQueue(label: "marked")

        init() { self.queue.setSpecific(key: Self.mark, value: true) }

        static var isHere: Bool { DispatchQueue.getSpecific(key: self.mark) == true }

        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            self.queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
        }
    }

    /// Tells of each line whether it was written on the marked queue.
    private struct PlaceHandler: LogHandler {
        let places: AsyncStream<Bool>.Continuation
        var logLevel = Logger.Level.debug
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { self.metadata[key] }
            set { self.metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            self.places.yield(MarkedExecutor.isHere)
        }
    }

    @Test func `a lone message is delivered where the sender runs, many in the pool`() async throws {
        let (places, continuation) = AsyncStream.makeStream(of: Bool.self, bufferingPolicy: .bufferingOldest(64))
        let outbox = Outbox()
        let sender = try await Self.sender(outbox, Logger(label: "sender") { _ in PlaceHandler(places: continuation) })
        let heartbeat = Message.heartbeat(view: View(0), commit: Op(0))
        for _ in 0..<8 { outbox.append(heartbeat) }
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await withTaskExecutorPreference(MarkedExecutor()) { await sender.run() }
            }
            // Nobody listens: each delivery fails, and says so where it ran.
            var failures = places.makeAsyncIterator()
            #expect(await failures.next() == false)
            outbox.append(heartbeat)
            #expect(await failures.next() == true)
            group.cancelAll()
        }
    }

    /// A sender to a peer that is not there.
    private static func sender(_ outbox: Outbox, _ logger: Logger) async throws -> PeerSender {
        let silence = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
        let (own, other) = (try DatacenterID("dc1"), try DatacenterID("dc2"))
        let seconds = Int64(WallClock.microseconds() / 1_000_000)
        let validity = try CertificateValidity(startSeconds: seconds - 60, days: 1)
        let authority = try CertificateAuthority.create(cluster: "tests", validity: validity)
        let storage = MemoryStorage()
        try storage.makeDirectory("/data")
        return PeerSender(
            outbox: outbox,
            client: try PeerClient(
                peer: other,
                address: HTTP2Address(host: "127.0.0.1", port: 1),
                identity: try authority.issueNode(own, hosts: ["127.0.0.1"], validity: validity),
                group: .singletonMultiThreadedEventLoopGroup,
                logger: silence
            ),
            store: try await BlobStore.open(
                directory: "/data",
                configuration: BlobStore.Configuration(
                    clusterID: Array(repeating: 5, count: 16),
                    datacenter: own
                ),
                storage: storage,
                logger: silence
            ),
            unmirrored: UnmirroredBlobs(),
            receive: { _ in },
            logger: logger
        )
    }
}
