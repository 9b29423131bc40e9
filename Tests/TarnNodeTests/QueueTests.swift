import TarnConsensus
import TarnCore
import TarnCrypto
import Testing

@testable import TarnNode

/// The queues between the engine and its shell.
struct QueueTests {
    private static func entry(op: UInt64, bodyBytesCount: Int) throws -> LogEntry {
        try LogEntry.fixture(op: op, body: [UInt8](repeating: 7, count: bodyBytesCount))
    }

    @Test func `an outbox hands out messages in order, and no more than fit`() throws {
        let outbox = Outbox()
        for op in 1...3 as ClosedRange<UInt64> {
            outbox.append(.prepare(view: View(0), entry: try Self.entry(op: op, bodyBytesCount: 1_000), commit: Op(0)))
        }
        let first = outbox.take(bytesMax: 2_600)
        #expect(first.count == 2)
        // One message goes even when it alone is too large.
        let second = outbox.take(bytesMax: 1)
        #expect(second.count == 1)
        #expect(outbox.take(bytesMax: 1_000_000).isEmpty)
        guard case .prepare(_, let entry, _) = second[0] else {
            Issue.record("another message came out: \(second)")
            return
        }
        #expect(entry.header.op == Op(3))
    }

    @Test func `a full outbox drops what is new and keeps its bound`() throws {
        let outbox = Outbox()
        for _ in 0..<20_000 { outbox.append(.heartbeat(view: View(0), commit: Op(1))) }
        let taken = outbox.take(bytesMax: .max)
        #expect(taken.count == 8_192)
    }

    private static func acknowledgement(_ op: UInt64) -> Message {
        .prepareOk(view: View(0), acknowledgements: [.init(op: Op(op), entry: .zero)])
    }

    @Test func `a reply takes the next acknowledgement along, whether it is there or comes`() async {
        let outbox = Outbox()
        outbox.append(Self.acknowledgement(1))
        #expect(await outbox.answers() == [Self.acknowledgement(1)])
        async let reply = outbox.answers()
        while outbox.waitingRepliesCount == 0 { await Task.yield() }
        // What is no answer goes its own way, and keeps what follows in order.
        outbox.append(.heartbeat(view: View(0), commit: Op(1)))
        outbox.append(Self.acknowledgement(2))
        #expect(outbox.take(bytesMax: .max).count == 2)
        outbox.append(Self.acknowledgement(3))
        #expect(await reply == [Self.acknowledgement(3)])
        #expect(outbox.take(bytesMax: .max).isEmpty)
    }

    @Test func `a reply that waits for nothing leaves at the next tick or when it is cancelled`() async {
        let outbox = Outbox()
        async let first = outbox.answers()
        while outbox.waitingRepliesCount == 0 { await Task.yield() }
        outbox.endReplies()
        #expect(await first.isEmpty && outbox.waitingRepliesCount == 0)
        await withTaskGroup(of: [Message].self) { group in
            group.addTask { await outbox.answers() }
            while outbox.waitingRepliesCount == 0 { await Task.yield() }
            group.cancelAll()
            for await answers in group { #expect(answers.isEmpty) }
        }
    }

    @Test func `the persist queue keeps the order of entries`() throws {
        let queue = PersistQueue()
        for op in 1...3 as ClosedRange<UInt64> { queue.append(.entry(try Self.entry(op: op, bodyBytesCount: 1))) }
        let ops = queue.take().map { if case .entry(let entry) = $0 { entry.header.op } else { Op.genesis } }
        #expect(ops == [Op(1), Op(2), Op(3)])
        #expect(queue.take().isEmpty)
    }

    private static func blob(_ byte: UInt8, bytesCount: Int) -> StoredBlob {
        StoredBlob(
            address: SHA256.digest([byte]),
            kind: .blob,
            codec: .raw,
            rawBytesCount: bytesCount,
            bytes: [UInt8](repeating: byte, count: bytesCount)
        )
    }

    /// A delivery overtakes another one: its blobs are here before its entries can be stored.
    @Test func `a blob that came beside an entry stays until its entry is stored`() {
        let queue = PersistQueue()
        let blobs = [1, 2].map { Self.blob($0, bytesCount: 10) }
        queue.inline.insert(blobs)
        _ = queue.take()
        #expect(queue.inline.blobs(blobs.map(\.address)) == blobs)
        queue.inline.remove([blobs[0].address])
        #expect(queue.inline.blobs(blobs.map(\.address)) == [blobs[1]])
    }

    @Test func `blobs beside entries take limited room, and the newest stay`() {
        let inline = InlineBlobs(bytesMax: 100)
        let blobs = (1...50).map { Self.blob($0, bytesCount: 10) }
        for blob in blobs { inline.insert([blob, blob]) }
        let kept = inline.blobs(blobs.map(\.address))
        #expect((5...11).contains(kept.count), "\(kept.count)")
        #expect(kept == Array(blobs.suffix(kept.count)))
    }

    @Test func `blobs that others lack are remembered until the slowest member has had time to get them`() {
        let unmirrored = UnmirroredBlobs()
        let address = { (number: Int) in Digest(words: 0, 0, 0, UInt64(number)) }
        let addresses = (0..<UnmirroredBlobs.lingeringMax + 2).map(address)
        unmirrored.insert(addresses)
        #expect(unmirrored.filter([addresses[1], address(-1 & 0xffff_ffff)]) == [addresses[1]])
        unmirrored.noteCommitted(Array(addresses.prefix(2)), areInline: true)
        #expect(unmirrored.filter(addresses) == addresses, "the entry may be on its way to a slow member")
        unmirrored.noteCommitted(Array(addresses.dropFirst(2)), areInline: true)
        #expect(unmirrored.filter(addresses) == Array(addresses.dropFirst(2)))
        unmirrored.noteCommitted([addresses[5]], areInline: false)
        #expect(unmirrored.filter([addresses[5], addresses[6]]) == [addresses[6]], "it was mirrored before")
    }

    /// Chunks are never named by an op, and neither is what a writer staged and gave up.
    @Test func `blobs that nobody commits give way to newer ones`() {
        let unmirrored = UnmirroredBlobs()
        let address = { (number: Int) in Digest(words: 0, 0, 1, UInt64(number)) }
        let abandoned = (0..<UnmirroredBlobs.countMax).map(address)
        unmirrored.insert(abandoned)
        let new = address(UnmirroredBlobs.countMax)
        unmirrored.insert([new])
        #expect(unmirrored.filter([new]) == [new])
        let kept = unmirrored.filter(abandoned + [new])
        #expect((UnmirroredBlobs.countMax / 2...UnmirroredBlobs.countMax).contains(kept.count), "\(kept.count)")
        unmirrored.noteCommitted([new], areInline: false)
        #expect(unmirrored.filter([new]).isEmpty)
    }
}
