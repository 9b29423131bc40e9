import TarnCore
import TarnSegment
import TarnTestKit
import Testing

@Suite("Records")
struct RecordTests {
    private static let entryHash = Digest(words: 1, 2, 3, 4)
    private static let entryHashHex = "0000000000000001000000000000000200000000000000030000000000000004"

    @Test("the CRC32C of the standard's test vector is the standard's")
    func checksumVector() {
        let text = Array("123456789".utf8)
        #expect(text.withUnsafeBytes { TestChecksums.crc32c(0, $0) } == 0xe306_9283)
    }

    @Test("a raw blob has these bytes")
    func goldenBlob() {
        var run = RecordRun()
        Fixture.blob(Array("abc".utf8), into: &run)
        let sha = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect(Hex.encode(run.bytes.dropLast(4)) == "8003" + sha + "616263")
        #expect(run.rows[0].bytesCount == 41)
    }

    @Test("a difference to two blobs that keeps its ordinal has these bytes")
    func goldenDelta() {
        var run = RecordRun()
        let stored: [UInt8] = [0xaa, 0xbb]
        stored.withUnsafeBytes {
            run.append(
                blob: Self.entryHash,
                kind: .chunk,
                codec: .zstdDelta,
                rawBytesCount: 300,
                bases: [1, 0xffff_ffff_ffff],
                ordinal: 0x0102_0304_0506,
                stored: $0,
                key: Fixture.key,
                TestChecksums.self
            )
        }
        let expected =
            "f5" + "ac02" + "02" + "060504030201" + "01" + "ffffffffffff3f" + Self.entryHashHex + "aabb"
        #expect(Hex.encode(run.bytes.dropLast(4)) == expected)
    }

    @Test("records with the plain head, as segments of version 1 have them, are read")
    func plainHeads() throws {
        let raw = Hex.decode(("100003" + Self.entryHashHex + "616263" + "00000000").utf8) ?? []
        let blob = try raw.withUnsafeBytes { try Record(parsing: $0) }
        #expect(blob.kind == .blob && blob.codec == .raw && Array(raw[blob.payload]) == Array("abc".utf8))
        let delta = Hex.decode(
            ("7103" + "ac02" + "02" + "060504030201" + "02010000000000ffffffffffff" + Self.entryHashHex + "aabb"
                + "00000000").utf8
        )
        let bytes = delta ?? []
        let record = try bytes.withUnsafeBytes { try Record(parsing: $0) }
        #expect(record.kind == .chunk && record.codec == .zstdDelta && record.rawBytesCount == 300)
        #expect(record.ordinal == 0x0102_0304_0506 && record.bases == [1, 0xffff_ffff_ffff])
        #expect(record.digest == Self.entryHash && record.bytesCount == bytes.count)
        #expect(try bytes.withUnsafeBytes { try Record.blobAddress(in: $0) } == Self.entryHash)
        #expect(try bytes.withUnsafeBytes { try Record.blobBases(in: $0) } == [1, 0xffff_ffff_ffff])
    }

    @Test("a difference takes its bases' ordinals when its batch takes it, and nothing of it is lost")
    func difference() throws {
        var run = RecordRun()
        let stored: [UInt8] = [0xaa, 0xbb, 0xcc]
        stored.withUnsafeBytes {
            run.append(
                difference: Self.entryHash,
                kind: .blob,
                codec: .zstdDelta,
                rawBytesCount: 300,
                to: [Digest(words: 9, 9, 9, 9), .zero],
                stored: $0,
                key: Fixture.key
            )
        }
        #expect(run.bases[0] == [Digest(words: 9, 9, 9, 9), .zero])
        var batch = BatchBuilder()
        batch.begin()
        batch.append(run, at: 0, bases: [5, 300], TestChecksums.self)
        let row = batch.rows[0]
        let bytes = Array(batch.bytes[Int(row.offset)..<Int(row.offset + row.bytesCount)])
        #expect(Hex.encode(bytes.dropLast(4)) == "f0" + "ac02" + "03" + "05" + "ac02" + Self.entryHashHex + "aabbcc")
        #expect(bytes.withUnsafeBytes { Record.isIntact($0, TestChecksums.self) })
        let record = try bytes.withUnsafeBytes { try Record(parsing: $0) }
        #expect(record.bases == [5, 300] && record.digest == Self.entryHash && batch.ordinalCount == 1)
    }

    @Test("acknowledgement, head, node and checkpoint have these bytes")
    func goldenOthers() {
        var run = RecordRun()
        run.append(acknowledgement: Op(300), entry: Self.entryHash, TestChecksums.self)
        run.append(head: Op(300), logView: View(5), entry: Self.entryHash, TestChecksums.self)
        let stored: [UInt8] = [7]
        stored.withUnsafeBytes {
            run.append(
                node: Self.entryHash,
                codec: .zstd,
                rawBytesCount: 9,
                stored: $0,
                key: Fixture.key,
                TestChecksums.self
            )
            run.append(
                checkpoint: Op(2),
                entry: Self.entryHash,
                root: Self.entryHash,
                codec: .raw,
                rawBytesCount: 1,
                stored: $0,
                TestChecksums.self
            )
        }
        let records = run.rows.map { Hex.encode(run.bytes[Int($0.offset)..<Int($0.offset + $0.bytesCount - 4)]) }
        #expect(
            records == [
                "05ac02" + Self.entryHashHex, "0605ac02" + Self.entryHashHex, "070901" + Self.entryHashHex + "07",
                "18000102" + Self.entryHashHex + Self.entryHashHex + "07",
            ]
        )
    }

    @Test("a small compressed blob costs at most 48 bytes beside its content, batch directory and footer row aside")
    func overhead() {
        var run = RecordRun()
        let stored = [UInt8](repeating: 1, count: 3_000)
        stored.withUnsafeBytes {
            run.append(
                blob: Self.entryHash,
                kind: .blob,
                codec: .zstd,
                rawBytesCount: 8_192,
                stored: $0,
                key: Fixture.key,
                TestChecksums.self
            )
        }
        #expect(run.bytes.count - stored.count == 41)
    }

    @Test("every kind of record parses back to what was written", arguments: 0..<20 as Range<UInt64>)
    func roundTrip(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for _ in 0..<50 {
            let payload = random.bytes(random.below(200))
            let codec = random.pick([StoredBlob.Codec.raw, .zstd, .zstdDictionary, .zstdDelta])
            let raw = codec == .raw ? payload.count : random.below(Limits.blobBytesMax)
            let bases = (0..<random.below(4)).map { _ in random.next() & Limits.ordinalMax }
            let ordinal = random.chance(percent: 50) ? random.next() & Limits.ordinalMax : nil
            let address = random.digest()
            var run = RecordRun()
            payload.withUnsafeBytes {
                run.append(
                    blob: address,
                    kind: random.pick([.blob, .chunk, .manifest, .dictionary]),
                    codec: codec,
                    rawBytesCount: raw,
                    bases: bases,
                    ordinal: ordinal,
                    stored: $0,
                    key: Fixture.key,
                    TestChecksums.self
                )
            }
            let bytes = run.bytes + random.bytes(random.below(10))
            let record = try bytes.withUnsafeBytes { try Record(parsing: $0) }
            #expect(record.bytesCount == run.bytes.count && record.kind == run.rows[0].kind)
            #expect(record.codec == codec && record.rawBytesCount == raw && record.digest == address)
            #expect(record.bases == bases && record.ordinal == ordinal && Array(bytes[record.payload]) == payload)
            #expect(run.bytes.withUnsafeBytes { Record.isIntact($0, TestChecksums.self) })
        }
    }

    @Test("a log entry parses back with its header")
    func entry() throws {
        let header = try Fixture.header(op: 5, parent: Self.entryHash)
        var run = RecordRun()
        let body: [UInt8] = [1, 2, 3]
        body.withUnsafeBytes {
            run.append(
                entry: header,
                hash: header.hash(TestChecksums.self),
                codec: .raw,
                rawBytesCount: 3,
                stored: $0,
                TestChecksums.self
            )
        }
        let record = try run.bytes.withUnsafeBytes { try Record(parsing: $0) }
        #expect(try LogHeader(decoding: Array(run.bytes[record.header])) == header)
        #expect(Array(run.bytes[record.payload]) == body)
        let prefix = Array(run.bytes[..<record.payload.lowerBound])
        #expect(try prefix.withUnsafeBytes { try Record.entryHeaderRange(in: $0) } == record.header)
    }

    @Test("a record cut anywhere is malformed, never read beyond its end")
    func truncation() {
        var run = RecordRun()
        Fixture.blob(Array("abc".utf8), into: &run, ordinal: 5, bases: [1, 2])
        for count in 0..<run.bytes.count {
            let part = Array(run.bytes[..<count])
            #expect(throws: SegmentError.self) { try part.withUnsafeBytes { try Record(parsing: $0) } }
        }
    }

    @Test(
        "forged fields are rejected before anything is allocated for them",
        arguments: [
            "10ff", "1000ffffffffffffffffff01", "1000ffffffff0f", "00ffffff0f05", "40050500", "4005050400",
            "80ffffff7f", "09",
            "1004", "a0ffffff7f", "a001ffffff7f", "e80101ffffffffffffffff01",
        ]
    )
    func forged(hex: String) {
        let bytes = (Hex.decode(hex.utf8) ?? []) + [UInt8](repeating: 0, count: 100)
        #expect(throws: SegmentError.self) { try bytes.withUnsafeBytes { try Record(parsing: $0) } }
    }
}
