import Synchronization
import TarnConsensus
import TarnCore
import TarnMerkle
import TarnPeer

/// A node made of constants, which remembers what it was told.
final class RecordingDelegate: PeerDelegate {
    struct Delivery: Equatable {
        let messages: [Message]
        let inline: [StoredBlob]
        let from: DatacenterID
    }

    struct Refusal: Error, CustomStringConvertible {
        let description: String
    }

    let held: [BlobAddress: StoredBlob]
    let log: [LogEntry]
    /// What it says to whoever delivers something.
    let answers: [Message]
    private let told = Mutex<(deliveries: [Delivery], offers: [StageOffer])>(([], []))

    init(held: [StoredBlob] = [], log: [LogEntry] = [], answers: [Message] = []) {
        self.answers = answers
        self.held = Dictionary(uniqueKeysWithValues: held.map { ($0.address, $0) })
        self.log = log
    }

    var deliveries: [Delivery] { self.told.withLock { $0.deliveries } }
    var offers: [StageOffer] { self.told.withLock { $0.offers } }

    func receive(
        _ messages: [Message],
        inline: [StoredBlob],
        takesAnswers: Bool,
        from: DatacenterID
    ) async -> [Message] {
        self.told.withLock { $0.deliveries.append(Delivery(messages: messages, inline: inline, from: from)) }
        return takesAnswers ? self.answers : []
    }

    func receive(_ heads: Heads, from: DatacenterID) async -> Heads {
        Heads(nonce: heads.nonce &+ 1, echo: heads.nonce, heads: heads.heads)
    }

    func want(_ addresses: [BlobAddress], from: DatacenterID) async throws -> [Bool] {
        addresses.map { self.held[$0] != nil }
    }

    func storedBlobs(_ addresses: [BlobAddress], bytesMax: Int, from: DatacenterID) async throws -> [StoredBlob] {
        var found: [StoredBlob] = []
        var bytesLeft = bytesMax
        for blob in addresses.compactMap({ self.held[$0] }) where found.isEmpty || blob.bytes.count <= bytesLeft {
            found.append(blob)
            bytesLeft -= blob.bytes.count
        }
        return found
    }

    func compare(_ question: TreeQuestion, from: DatacenterID) async throws -> TreeAnswer {
        guard question.op.number < 1_000 else { throw Refusal(description: "op \(question.op) is not here") }
        if question.root == .zero { return .equal }
        let reply = ComparisonReply(content: .frontier(Frontier(level: 1, ranges: [])), resume: [7])
        return .different(root: question.root, reply)
    }

    func logEntries(after: Op, bytesMax: Int, from: DatacenterID) async throws -> LogPage {
        guard after.number < 1_000 else { throw Refusal(description: "the log ends before op \(after)") }
        return LogPage(
            view: View(3),
            logView: View(2),
            entries: self.log.filter { $0.header.op > after },
            commit: Op(UInt64(self.log.count))
        )
    }

    func attest(op: Op, entry: Digest, from: DatacenterID) async throws -> [UInt8] {
        guard op < Op(1_000) else { throw Refusal(description: "op \(op) is not committed here") }
        return Array(entry.bytes) + Array(entry.bytes)
    }

    func stage(_ draft: StageOffer, from: DatacenterID) async throws {
        self.told.withLock { $0.offers.append(draft) }
    }
}
