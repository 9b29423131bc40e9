import TarnCore
import TarnSegment
import TarnTestKit
import Testing

@Suite("Segment footers")
struct SegmentFooterTests {
    private let rows: [IndexRow]
    private let file: [UInt8]
    private static let end = 5_000

    init() throws {
        var segment = try SegmentFixture()
        segment.append([[1], [2, 2]])
        var run = RecordRun()
        Fixture.blob([3], into: &run, ordinal: 42)
        let header = try Fixture.header(op: 5, parent: .zero)
        [UInt8]().withUnsafeBytes {
            run.append(
                entry: header,
                hash: header.hash(TestChecksums.self),
                codec: .raw,
                rawBytesCount: 0,
                stored: $0,
                TestChecksums.self
            )
            run.append(
                node: Digest(words: 1, 1, 1, 1),
                codec: .raw,
                rawBytesCount: 0,
                stored: $0,
                key: Fixture.key,
                TestChecksums.self
            )
            run.append(
                checkpoint: Op(8),
                entry: .zero,
                root: Digest(words: 2, 2, 2, 2),
                codec: .raw,
                rawBytesCount: 0,
                stored: $0,
                TestChecksums.self
            )
        }
        run.append(acknowledgement: Op(5), entry: header.hash(TestChecksums.self), TestChecksums.self)
        run.append(head: Op(5), logView: View(3), entry: header.hash(TestChecksums.self), TestChecksums.self)
        segment.append(run)
        self.rows = Scan(segment.bytes).rows
        var builder = SegmentFooterBuilder()
        for row in self.rows { builder.append(row) }
        self.file =
            [UInt8](repeating: 0, count: Self.end)
            + builder.finish(
                rowsStart: Self.end,
                lastSequence: 77,
                segment: Fixture.number,
                key: Fixture.key,
                TestChecksums.self
            )
    }

    private func read(
        _ file: [UInt8],
        segment: UInt32 = Fixture.number
    ) throws -> (footer: SegmentFooter, rows: [IndexRow]) {
        let trailer = Array(file.suffix(SegmentFooter.trailerBytesCount))
        let range = try trailer.withUnsafeBytes {
            try SegmentFooter.rowsRange(
                trailer: $0,
                fileBytesCount: file.count,
                segment: segment,
                key: Fixture.key,
                TestChecksums.self
            )
        }
        var rows: [IndexRow] = []
        let footer = try Array(file[range.lowerBound...]).withUnsafeBytes {
            try SegmentFooter(
                decoding: $0,
                fileBytesCount: file.count,
                segment: segment,
                key: Fixture.key,
                TestChecksums.self
            ) { rows.append($0) }
        }
        return (footer, rows)
    }

    @Test("all kinds of rows read back")
    func roundTrip() throws {
        let (footer, rows) = try self.read(self.file)
        #expect(self.rows.count == 8 && rows == self.rows)
        #expect(footer.rowsStart == Self.end && footer.lastSequence == 77 && footer.nextOrdinal == 102)
    }

    @Test("a footer belongs to its segment only")
    func foreign() {
        #expect(throws: SegmentError.self) { try self.read(self.file, segment: Fixture.number + 1) }
    }

    @Test("a flip of any bit is noticed, and no row is given out")
    func damage() {
        for byte in Self.end..<self.file.count {
            var damaged = self.file
            damaged[byte] ^= 1 << UInt8(byte & 7)
            #expect(throws: SegmentError.self) { try self.read(damaged) }
        }
    }

    @Test("a footer cut anywhere is noticed")
    func truncation() {
        for count in [0, 10, Self.end, Self.end + 1, self.file.count - 64, self.file.count - 1] {
            #expect(throws: SegmentError.self) { try self.read(Array(self.file[..<count])) }
        }
    }

    @Test("a blob takes at most 16 bytes")
    func size() throws {
        var segment = try SegmentFixture()
        segment.append((0..<100).map { [UInt8](repeating: UInt8($0), count: 3_000) })
        var builder = SegmentFooterBuilder()
        for row in Scan(segment.bytes).rows { builder.append(row) }
        let bytes = builder.finish(
            rowsStart: segment.bytes.count,
            lastSequence: 1,
            segment: 1,
            key: Fixture.key,
            TestChecksums.self
        )
        #expect(bytes.count - SegmentFooter.trailerBytesCount <= 100 * 16)
    }
}
