internal import Logging
internal import Synchronization
internal import TarnBlobStore
internal import TarnConsensus
internal import TarnCore
internal import TarnPeer

/// Delivers one member's ``Outbox``: several deliveries under way, so that the round trip does not bound the flow, and
/// no more than ``DeliveryPace`` allows, so that what waits meanwhile goes together.
final class PeerSender: Sendable {
    private static let deliveryBytesMax = 4 << 20
    /// What is encoded where the engine runs, which costs no change of thread: a lone commit. With many writers the
    /// engine has better things to do.
    private static let shortMessagesMax = 2
    private static let shortBytesMax = 16 << 10

    private let outbox: Outbox
    private let client: PeerClient
    private let store: BlobStore
    private let unmirrored: UnmirroredBlobs
    /// Takes what comes with the replies.
    private let receive: @Sendable ([Message]) async -> Void
    private let logger: Logger
    private let pace = Mutex(DeliveryPace())

    init(
        outbox: Outbox,
        client: PeerClient,
        store: BlobStore,
        unmirrored: UnmirroredBlobs,
        receive: @escaping @Sendable ([Message]) async -> Void,
        logger: Logger
    ) {
        self.outbox = outbox
        self.client = client
        self.store = store
        self.unmirrored = unmirrored
        self.receive = receive
        self.logger = logger
    }

    /// Runs until the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await _ in self.outbox.arrivals {
                while self.pace.withLock({ $0.allows(at: WallClock.monotonicNanoseconds()) }) {
                    let messages = self.outbox.take(bytesMax: Self.deliveryBytesMax)
                    guard !messages.isEmpty else { break }
                    let begin = WallClock.monotonicNanoseconds()
                    self.pace.withLock { $0.begin(at: begin) }
                    let bytesCount = messages.reduce(0) { $0 + $1.bodyBytesCount + $1.inlineBytesCount }
                    let deliver: @Sendable () async -> Void = {
                        await self.deliver(messages)
                        self.pace.withLock { $0.end(begunAt: begin, at: WallClock.monotonicNanoseconds()) }
                        self.outbox.wakeIfWaiting()
                    }
                    if messages.count > Self.shortMessagesMax || bytesCount > Self.shortBytesMax {
                        group.addTask(executorPreference: globalConcurrentExecutor, operation: deliver)
                    } else {
                        // Not with a preference of nil: that runs in the pool instead of where this runs.
                        group.addTask(operation: deliver)
                    }
                }
            }
            group.cancelAll()
        }
    }

    private func deliver(_ messages: [Message]) async {
        do {
            let answers = try await self.client.deliver(messages, inline: await self.inlineBlobs(of: messages))
            // What brings entries has a body to be proved, and is not sent this way.
            let sound = answers.filter(\.isAnswer)
            if !sound.isEmpty { await self.receive(sound) }
        } catch {
            // The replica sends again what matters; an unreachable peer shows in the status.
            self.logger.debug("delivery failed", metadata: ["error": "\(error)"])
        }
    }

    /// The small new blobs of prepared change sets: sent along, they save the receiver a round trip.
    private func inlineBlobs(of messages: [Message]) async throws -> [StoredBlob] {
        var addresses: [BlobAddress] = []
        for case .prepare(_, let entry, _) in messages
        where entry.header.closureBytesCount <= UInt64(Limits.inlineBytesMax) {
            guard let blobs = try? entry.blobs() else { continue }
            addresses += self.unmirrored.filter(blobs)
        }
        var out: [StoredBlob] = []
        while out.count < addresses.count {
            let more = try await self.store.readStored(Array(addresses[out.count...]), bytesMax: Self.deliveryBytesMax)
            guard !more.isEmpty else { break }
            out += more
        }
        return out
    }
}
