import Foundation
import SwiftProtobuf
import TarnConsensus
import TarnCore
import TarnCrypto
import Testing

@testable import TarnPeer

@Suite struct MessageWireTests {
    private static let conversion = WireConversion(codec: PlainBodyCodec())

    private static func everyMessage() throws -> [TarnConsensus.Message] {
        [
            .prepare(view: View(4), entry: try Fixtures.entry(op: 9), commit: Op(8)),
            .prepare(view: View(0), entry: try Fixtures.entry(op: 1, bodyBytesCount: 0), commit: .genesis),
            .prepare(view: View(.max), entry: try Fixtures.entry(op: .max, bodyBytesCount: 1 << 20), commit: Op(.max)),
            .entries(
                view: View(5),
                logView: View(4),
                entries: try (1...20).map { try Fixtures.entry(op: $0) },
                commit: Op(3)
            ),
            .entries(view: View(5), logView: View(5), entries: [], commit: Op(3)),
            .exitView(view: View(5)),
            .joinView(view: View(5), vote: try Self.vote()),
            .view(
                CanonicalLog(
                    view: View(5),
                    base: try Self.acknowledgement(3),
                    suffix: try (4...6).map { try Fixtures.entry(op: $0).header }
                ),
                session: 17
            ),
            .standing(view: View(5), head: Op(7), session: .max),
            .readBarrier(view: View(5), nonce: 1),
            .readOk(view: View(5), nonce: .max),
            .prepareOk(view: View(6), acknowledgements: []),
            .prepareOk(
                view: View(6),
                acknowledgements: (0..<5).map { .init(op: Op(UInt64($0)), entry: SHA256.digest([UInt8($0)])) }
            ),
            .heartbeat(view: View(7), commit: Op(2)),
            .heartbeat(view: View(0), commit: .genesis),
            .getEntries(after: Op(17)),
        ]
    }

    private static func acknowledgement(_ op: UInt64) throws -> TarnConsensus.Message.Acknowledgement {
        TarnConsensus.Message.Acknowledgement(op: Op(op), entry: SHA256.digest([UInt8(op)]))
    }

    private static func vote() throws -> Vote {
        let holdings: [Vote.Item.Holding] = [.complete, .headerOnly, .fault]
        return Vote(
            logView: View(4),
            commit: try self.acknowledgement(6),
            suffix: try holdings.enumerated().map {
                Vote.Item(header: try Fixtures.entry(op: 7 + UInt64($0.offset)).header, holding: $0.element)
            },
            faults: [try self.acknowledgement(10)],
            isTrusted: false,
            session: 99
        )
    }

    private static func blobs() -> [StoredBlob] {
        [.raw, .zstd, .zstdDictionary, .zstdDelta].enumerated().map {
            Fixtures.blob(UInt8($0.offset), codec: $0.element)
        }
    }

    @Test func everyMessageSurvivesTheWire() throws {
        let messages = try Self.everyMessage()
        let bytes: [UInt8] = try Self.conversion.request(messages, inline: Self.blobs()).serializedBytes()
        let content = try Self.conversion.content(of: WireDeliverRequest(serializedBytes: bytes))
        #expect(content.messages == messages)
        #expect(content.inline == Self.blobs())
    }

    @Test func headsSurviveTheWire() throws {
        let heads = try Fixtures.heads(nonce: 5, echo: 4, trouble: "disk full: 100 %")
        let bytes: [UInt8] = try WireConversion<PlainBodyCodec>.wire(heads).serializedBytes()
        #expect(try WireConversion<PlainBodyCodec>.heads(WireHeadsMessage(serializedBytes: bytes)) == heads)
    }

    /// Paths of up to 4,096 bytes each are in it. Characters of one to four bytes, so that cuts fall into some of them.
    @Test(arguments: ["x", "ä", "漢", "🜃", "e\u{301}"]) func aLongTroubleIsCut(_ character: String) throws {
        for prefix in ["", "1", "12", "123"] {
            let trouble = prefix + String(repeating: character, count: 5_000 / character.utf8.count)
            let heads = try Fixtures.heads(nonce: 5, trouble: trouble)
            var wire = WireConversion<PlainBodyCodec>.wire(heads)
            let bytes: [UInt8] = try wire.serializedBytes()
            let sent = try WireConversion<PlainBodyCodec>.heads(WireHeadsMessage(serializedBytes: bytes))
            let cut = try #require(sent.heads.first?.trouble)
            #expect((Limits.peerTroubleBytesMax - 6...Limits.peerTroubleBytesMax).contains(cut.utf8.count))
            #expect(cut.hasSuffix("…") && trouble.unicodeScalars.starts(with: cut.unicodeScalars.dropLast()))
            // Whoever sends it whole is heard all the same.
            wire.heads[0].trouble = trouble
            #expect(try WireConversion<PlainBodyCodec>.heads(wire) == sent)
        }
    }

    /// Each of these is a message that was spoilt in one place.
    @Test(
        arguments: [
            { $0.messages = [WireReplicaMessage()] },
            { $0.messages[0].prepare.entry.header = Data([1, 2, 3]) },
            { $0.messages[0].prepare.entry.header = Data() },
            { $0.messages[0].prepare.entry.body.append(1) },
            { $0.messages[0].prepare.entry.codec = 1 },
            { $0.messages[0].prepare.entry.codec = 4_000_000 },
            { $0.messages[1].prepareOk.acknowledgements[0].entry = Data(repeating: 0, count: 31) },
            { $0.inline[0].address.append(0) },
            { $0.inline[0].kind = 200 },
            { $0.inline[0].codec = 256 },
            { $0.inline[0].bytes.append(0) },
            { $0.inline[0].rawBytesCount = UInt64(Limits.blobBytesMax) + 1 },
            { $0.inline[0].bases = [Data(repeating: 0, count: 32)] },
            { $0.inline[3].bases += $0.inline[3].bases },
            { $0.inline[3].bases = [Data([1])] },
        ] as [@Sendable (inout WireDeliverRequest) -> Void]
    )
    func spoiltMessagesAreTypedErrors(spoil: @Sendable (inout WireDeliverRequest) -> Void) throws {
        let acknowledgement = Message.Acknowledgement(op: Op(1), entry: SHA256.digest([1]))
        var request = Self.conversion.request(
            [
                .prepare(view: View(4), entry: try Fixtures.entry(op: 9), commit: Op(8)),
                .prepareOk(view: View(1), acknowledgements: [acknowledgement]),
            ],
            inline: Self.blobs()
        )
        _ = try Self.conversion.content(of: request)
        spoil(&request)
        #expect(throws: PeerError.self) { try Self.conversion.content(of: request) }
    }

    @Test func headsOverTheirLimitsAreRefused() throws {
        var wire = WireConversion<PlainBodyCodec>.wire(try Fixtures.heads(nonce: 1))
        wire.heads[0].datacenter = "No Such Name"
        #expect(throws: PeerError.self) { try WireConversion<PlainBodyCodec>.heads(wire) }
        wire.heads[0].datacenter = "dc1"
        wire.heads = Array(repeating: wire.heads[0], count: Limits.peerHeadsMax + 1)
        #expect(throws: PeerError.self) { try WireConversion<PlainBodyCodec>.heads(wire) }
    }

    @Test func compressedBodiesAreDecodedByTheCodecThatWasGiven() throws {
        let codec = RunLengthCodec()
        let conversion = WireConversion(codec: codec)
        let body = [UInt8](repeating: 3, count: 5_000)
        let entry = LogEntry(header: try Fixtures.header(op: 2, body: body), body: body)
        let request = conversion.request([.prepare(view: View(0), entry: entry, commit: Op(1))], inline: [])
        #expect(request.messages[0].prepare.entry.body.count == 1)
        #expect(try conversion.content(of: request).messages == [.prepare(view: View(0), entry: entry, commit: Op(1))])
        #expect(throws: PeerError.self) { try Self.conversion.content(of: request) }
    }

    @Test func entriesThatGrowWithoutBoundAreRefused() throws {
        let conversion = WireConversion(codec: RunLengthCodec())
        let body = [UInt8](repeating: 3, count: Limits.logBodyBytesMax)
        let entry = LogEntry(header: try Fixtures.header(op: 2, body: body), body: body)
        let message = TarnConsensus.Message.prepare(view: View(0), entry: entry, commit: Op(1))
        var request = conversion.request([message], inline: [])
        request.messages = Array(repeating: request.messages[0], count: 17)
        let error = #expect(throws: PeerError.self) { try conversion.content(of: request) }
        #expect(error?.code == .tooLarge)
    }
}

/// Bodies of one repeated byte, sent as that byte.
private struct RunLengthCodec: EntryBodyCodec {
    func encode(_ body: [UInt8]) -> (codec: StoredBlob.Codec, bytes: [UInt8])? {
        body.first.map { (.zstd, [$0]) }
    }

    func decode(_ bytes: [UInt8], codec: StoredBlob.Codec, rawBytesCount: Int) throws -> [UInt8] {
        [UInt8](repeating: bytes[0], count: rawBytesCount)
    }
}
