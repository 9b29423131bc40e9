import TarnCore
import TarnSegment
import TarnTestKit
import Testing

@Suite("Segment headers")
struct SegmentHeaderTests {
    private let header: SegmentHeader

    init() throws {
        self.header = SegmentHeader(
            number: 9,
            stream: .bulk,
            clusterID: Array(0..<16),
            datacenter: try DatacenterID("frankfurt-1"),
            key: Fixture.key
        )
    }

    private func decode(_ region: [UInt8]) throws -> SegmentHeader {
        try region.withUnsafeBytes { try SegmentHeader(decoding: $0, TestChecksums.self) }
    }

    @Test("a header reads back")
    func roundTrip() throws {
        #expect(try self.decode(self.header.encoded(TestChecksums.self)) == self.header)
    }

    @Test("damage to either copy is survived")
    func oneCopy() throws {
        let region = self.header.encoded(TestChecksums.self)
        for offset in [0, 2_048] {
            for byte in 0..<96 {
                var damaged = region
                damaged[offset + byte] ^= 0x40
                #expect(try self.decode(damaged) == self.header)
            }
        }
    }

    @Test("damage to both copies is an error")
    func bothCopies() {
        var region = self.header.encoded(TestChecksums.self)
        region[20] ^= 1
        region[2_048 + 40] ^= 1
        #expect(throws: SegmentError.self) { try self.decode(region) }
        #expect(throws: SegmentError.self) { try self.decode([]) }
        #expect(throws: SegmentError.self) { try self.decode([UInt8](repeating: 0, count: 4_096)) }
    }
}
