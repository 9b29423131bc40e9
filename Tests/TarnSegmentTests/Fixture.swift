import TarnCore
import TarnSegment
import TarnTestKit

/// Segments made by hand for the tests of the format.
enum Fixture {
    static let key = SegmentKey(Array(0..<16))
    static let number: UInt32 = 7

    static func header(op: UInt64, parent: Digest, seed: UInt64 = 1) throws -> LogHeader {
        LogHeader(
            op: Op(op),
            view: View(2),
            kind: .changeSet,
            configurationEpoch: 1,
            timestampMicroseconds: 1_000 + op,
            author: "ada",
            request: try RequestID(client: "cli", number: op + seed),
            parent: parent,
            root: PureSHA256.digest([9]),
            body: PureSHA256.digest([1, 2, 3]),
            bodyBytesCount: 3,
            closureCount: 0,
            closureBytesCount: 0
        )
    }

    static func blob(_ raw: [UInt8], into run: inout RecordRun, ordinal: UInt64? = nil, bases: [UInt64] = []) {
        raw.withUnsafeBytes {
            run.append(
                blob: PureSHA256.digest(raw),
                kind: .blob,
                codec: .raw,
                rawBytesCount: raw.count,
                bases: bases,
                ordinal: ordinal,
                stored: $0,
                key: self.key,
                TestChecksums.self
            )
        }
    }
}

/// A segment under construction.
struct SegmentFixture {
    private(set) var bytes: [UInt8]
    private(set) var batches: [Range<Int>] = []
    private(set) var addresses: [[Digest]] = []
    private var sequence: UInt64 = 0
    private var ordinal: UInt64 = 100

    init() throws {
        let header = SegmentHeader(
            number: Fixture.number,
            stream: .small,
            clusterID: Array(repeating: 3, count: 16),
            datacenter: try DatacenterID("dc1"),
            key: Fixture.key
        )
        self.bytes = header.encoded(TestChecksums.self)
    }

    mutating func append(_ raws: [[UInt8]]) {
        var run = RecordRun()
        for raw in raws { Fixture.blob(raw, into: &run) }
        self.append(run)
    }

    mutating func append(_ run: RecordRun) {
        var batch = BatchBuilder()
        batch.begin()
        for index in run.rows.indices { batch.append(run, at: index) }
        batch.assignOrdinals(from: self.ordinal)
        self.ordinal += batch.ordinalCount
        self.sequence += 1
        let start = self.bytes.count
        batch.seal(
            in: Fixture.number,
            at: start,
            sequence: self.sequence,
            durableTo: start,
            key: Fixture.key,
            TestChecksums.self
        )
        self.bytes += batch.bytes
        self.batches.append(start..<self.bytes.count)
        self.addresses.append(run.digests)
    }
}

/// A segment in memory.
struct MemorySource: SegmentSource {
    let bytes: [UInt8]

    var bytesCount: Int { self.bytes.count }

    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) {
        buffer.copyBytes(from: self.bytes[offset..<offset + buffer.count])
    }
}

/// What a scan yields.
struct Scan {
    var rows: [IndexRow] = []
    var digests: [Digest] = []
    var report: SegmentScanReport

    init(_ bytes: [UInt8], key: SegmentKey = Fixture.key) {
        var rows: [IndexRow] = []
        var digests: [Digest] = []
        var scanner = SegmentScanner(MemorySource(bytes: bytes), segment: Fixture.number, key: key, TestChecksums.self)
        {
            rows.append($0)
            digests.append($1)
        }
        self.report = scanner.run()
        self.rows = rows
        self.digests = digests
    }
}
