import TarnCore
import TarnCrypto

@testable import TarnBackup

extension BackupSegment {
    /// Segment `number`; copied already when it `hasContent`.
    static func sample(_ number: UInt32, bytes: UInt64 = 100, hasContent: Bool = false) -> BackupSegment {
        BackupSegment(
            number: number,
            stream: "small",
            bytesCount: bytes,
            fingerprint: SHA256.digest([UInt8(truncatingIfNeeded: number)]),
            content: hasContent ? SHA256.digest([1, UInt8(truncatingIfNeeded: number)]) : nil
        )
    }
}

extension BackupRoot {
    /// A backup of `segments` that nobody signed.
    static func sample(_ segments: [BackupSegment]) throws -> BackupRoot {
        BackupRoot(
            cluster: "00",
            datacenter: try DatacenterID("dc1"),
            op: Op(7),
            root: .zero,
            time: Timestamp(microseconds: 1_700_000_000_000_000),
            genesis: [1, 2],
            receipt: .object(["op": .number("7")]),
            reconfigurations: [],
            segments: segments
        )
    }
}
