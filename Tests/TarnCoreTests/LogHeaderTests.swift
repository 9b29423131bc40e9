import TarnCore
import TarnTestKit
import Testing

@Suite struct LogHeaderTests {
    /// Every field as large as the system lets it become.
    private static func largest() throws -> LogHeader {
        let digest = Digest(words: .max, .max, .max, .max)
        return LogHeader(
            op: Op(1 << 50),
            view: View(1 << 50),
            kind: .policy,
            configurationEpoch: 1 << 32,
            timestampMicroseconds: 1 << 60,
            author: String(repeating: "a", count: Limits.authorBytesMax),
            request: try RequestID(client: String(repeating: "c", count: Limits.clientNameBytesMax), number: .max),
            parent: digest,
            root: digest,
            body: digest,
            bodyBytesCount: UInt64(Limits.logBodyBytesMax),
            closureCount: UInt64(Limits.changesPerSetMax),
            closureBytesCount: UInt64(Limits.changesPerSetMax) * Limits.fileBytesMax
        )
    }

    @Test func theLargestHeaderFits() throws {
        let header = try Self.largest()
        #expect(header.encoded().count <= Limits.logHeaderBytesMax)
        #expect(try LogHeader(decoding: header.encoded()) == header)
    }

    @Test func onlyTheCanonicalFormIsRead() throws {
        let header = try Self.largest()
        let bytes = header.encoded()
        var random = SplitMix64(seed: 256)
        for index in bytes.indices {
            #expect(throws: CoreError.self) { try LogHeader(decoding: Array(bytes[..<index])) }
            var damaged = bytes
            damaged[index] = UInt8(truncatingIfNeeded: random.next())
            guard let other = try? LogHeader(decoding: damaged) else { continue }
            #expect(other.encoded() == damaged)
            #expect(damaged == bytes || other.hash(PureSHA256.self) != header.hash(PureSHA256.self))
        }
        #expect(throws: CoreError.self) { try LogHeader(decoding: bytes + [0]) }
        #expect(throws: CoreError.self) { try LogHeader(decoding: Array(repeating: 1, count: 257)) }
    }

    @Test func bodiesAreChecked() throws {
        let body: [UInt8] = [1, 2, 3]
        func entry(_ digest: Digest, _ count: UInt64) throws -> LogEntry {
            let header = LogHeader(
                op: Op(1),
                view: View(0),
                kind: .changeSet,
                configurationEpoch: 0,
                timestampMicroseconds: 1,
                author: "",
                request: try RequestID("c/1"),
                parent: .zero,
                root: .zero,
                body: digest,
                bodyBytesCount: count,
                closureCount: 0,
                closureBytesCount: 0
            )
            return LogEntry(header: header, body: body)
        }
        #expect(try entry(PureSHA256.digest(body), 3).isBodyValid(PureSHA256.self))
        #expect(try !entry(PureSHA256.digest(body), 4).isBodyValid(PureSHA256.self))
        #expect(try !entry(.zero, 3).isBodyValid(PureSHA256.self))
    }
}
