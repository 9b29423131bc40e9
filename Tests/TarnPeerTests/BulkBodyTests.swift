import TarnCore
import TarnCrypto
import TarnTestKit
import Testing

@testable import TarnPeer

@Suite struct BulkBodyTests {
    private static let addresses = (0..<20).map { SHA256.digest([UInt8($0)]) }

    @Test(arguments: [0, 1, 7, 8, 9, 20])
    func wantListsAndTheirAnswersComeBack(count: Int) throws {
        let asked = Array(Self.addresses.prefix(count))
        #expect(try WantBody.decode(WantBody.encode(asked)) == asked)
        let held = (0..<count).map { $0 % 3 == 0 }
        #expect(try WantBody.decodeReply(WantBody.encodeReply(held), count: count) == held)
        #expect(throws: PeerError.self) { try WantBody.decodeReply(WantBody.encodeReply(held), count: count + 1) }
    }

    @Test func storedBlobsComeBackAsTheyWere() throws {
        let blobs = [StoredBlob.Codec.raw, .zstd, .zstdDictionary, .zstdDelta].enumerated()
            .map { Fixtures.blob(UInt8($0.offset), bytesCount: 1_000 * $0.offset, codec: $0.element) }
        let asked = try BlobsBody.decode(BlobsBody.encode(blobs.map(\.address), bytesMax: 99))
        #expect(asked.addresses == blobs.map(\.address))
        #expect(asked.bytesMax == 99)
        let reply = BlobsBody.encodeReply(blobs)
        #expect(try BlobsBody.decodeReply(reply, asked: asked.addresses) == blobs)
        #expect(try BlobsBody.decodeReply(BlobsBody.encodeReply([]), asked: asked.addresses).isEmpty)
    }

    @Test func blobsThatWereNotAskedForAreRefused() {
        let blob = Fixtures.blob(1)
        #expect(throws: PeerError.self) {
            try BlobsBody.decodeReply(BlobsBody.encodeReply([blob]), asked: [SHA256.digest([99])])
        }
        #expect(throws: PeerError.self) {
            try BlobsBody.decodeReply(BlobsBody.encodeReply([blob, blob]), asked: [blob.address, blob.address])
        }
    }

    @Test func logRangesComeBackAndMustHaveNoGaps() throws {
        let codec = PlainBodyCodec()
        let entries = try (6...9).map { try Fixtures.entry(op: $0) }
        let reply = LogBody.encodeReply(Self.page(entries, commit: 8), codec: codec)
        let found = try LogBody.decodeReply(reply, after: Op(5), codec: codec)
        #expect(found == Self.page(entries, commit: 8))
        #expect(throws: PeerError.self) { try LogBody.decodeReply(reply, after: Op(4), codec: codec) }
        let gap = LogBody.encodeReply(Self.page([entries[0], entries[2]], commit: 8), codec: codec)
        #expect(throws: PeerError.self) { try LogBody.decodeReply(gap, after: Op(5), codec: codec) }
        let asked = try LogBody.decode(LogBody.encode(after: Op(5), bytesMax: 7))
        #expect(asked.after == Op(5))
        #expect(asked.bytesMax == 7)
    }

    @Test func stageOffersComeBack() throws {
        let offer = StageOffer(
            draftID: .max,
            blobs: Self.addresses.enumerated().map { .init(address: $0.element, bytesCount: UInt64($0.offset)) }
        )
        #expect(try StageBody.decode(StageBody.encode(offer)) == offer)
    }

    @Test func batchesOverTheirLimitsAreRefused() {
        let many = BulkBody.encode(reservingCapacity: 8) { $0.write(count: Limits.wantAddressesMax + 1) }
        #expect(throws: PeerError.self) { try WantBody.decode(many) }
        #expect(throws: PeerError.self) {
            try BlobsBody.decode(BlobsBody.encode([], bytesMax: Limits.peerBatchBytesMax + 1))
        }
        #expect(throws: PeerError.self) { try LogBody.decode(LogBody.encode(after: .genesis, bytesMax: 1 << 40)) }
    }

    @Test func everyTruncationIsAnError() throws {
        let bodies = [
            WantBody.encode(Self.addresses),
            BlobsBody.encodeReply([Fixtures.blob(1, codec: .zstdDelta)]),
            LogBody.encodeReply(Self.page([try Fixtures.entry(op: 1)], commit: 1), codec: PlainBodyCodec()),
            StageBody.encode(StageOffer(draftID: 1, blobs: [.init(address: Self.addresses[0], bytesCount: 3)])),
        ]
        for (index, body) in bodies.enumerated() {
            for count in 0..<body.count {
                #expect(throws: PeerError.self, "body \(index) cut to \(count) bytes") {
                    try Self.decodeAll(Array(body.prefix(count)), index)
                }
            }
            #expect(throws: PeerError.self) { try Self.decodeAll(body + [0], index) }
            try Self.decodeAll(body, index)
        }
    }

    @Test(arguments: UInt64(0)..<40)
    func spoiltBodiesNeverCrash(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var body = BlobsBody.encodeReply([Fixtures.blob(1, codec: .zstdDelta), Fixtures.blob(2)])
        for _ in 0..<4 {
            body[Int.random(in: 0..<body.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        do {
            for index in 0..<4 { try Self.decodeAll(body, index) }
        } catch {
            #expect(error is PeerError, "seed \(seed)")
        }
    }

    private static func page(_ entries: [LogEntry], commit: UInt64) -> LogPage {
        LogPage(view: View(5), logView: View(4), entries: entries, commit: Op(commit))
    }

    private static func decodeAll(_ body: [UInt8], _ index: Int) throws {
        switch index {
        case 0: _ = try WantBody.decode(body)
        case 1: _ = try BlobsBody.decodeReply(body, asked: [Fixtures.blob(1).address])
        case 2: _ = try LogBody.decodeReply(body, after: .genesis, codec: PlainBodyCodec())
        default: _ = try StageBody.decode(body)
        }
    }
}
