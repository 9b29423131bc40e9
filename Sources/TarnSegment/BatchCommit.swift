internal import TarnCore

/// The COMMIT record that closes a batch. A batch without it never happened.
///
/// It repeats where the batch begins, how long each record is and which of them got ordinals, so that one damaged
/// record costs no other, and it says how much of the segment was durable before: a later COMMIT is proof that an
/// earlier batch was acknowledged.
struct BatchCommit: Sendable {
    static let fixedBytesCount = 56

    let sequence: UInt64
    /// Offset of the batch in its segment.
    let batchStart: UInt64
    /// End of the last batch that was durable when this one was written.
    let durableTo: UInt64
    /// CRC32C over the checksums of the records, in order.
    let recordsChecksum: UInt32
    /// The same as in the header, in case that is lost.
    let firstOrdinal: UInt64
    let slots: [Slot]

    /// One record of the batch.
    struct Slot: Hashable, Sendable {
        let bytesCount: UInt32
        /// Whether it is a blob that names no ordinal itself, so that the batch gave it one.
        let takesOrdinal: Bool

        /// Both in one number: the length, and the flag in the lowest bit.
        var encoded: UInt64 { UInt64(self.bytesCount) << 1 | (self.takesOrdinal ? 1 : 0) }
    }

    /// Header fields and directory, without padding.
    var bytesCount: Int { Self.fixedBytesCount + self.slots.reduce(0) { $0 + ByteCursor.varintBytesCount($1.encoded) } }
    var bodyBytesCount: Int { self.slots.reduce(0) { $0 + Int($1.bytesCount) } }

    func encoded<C: RecordChecksums>(mark: UInt64, _: C.Type) -> [UInt8] {
        var directory: [UInt8] = []
        directory.reserveCapacity(self.slots.count * 2)
        for slot in self.slots { directory.appendVarint(slot.encoded) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.fixedBytesCount + directory.count + BatchHeader.alignment)
        bytes.appendUInt64(mark)
        bytes.appendUInt32(0)
        bytes.appendUInt32(UInt32(self.slots.count))
        bytes.appendUInt64(self.sequence)
        bytes.appendUInt64(self.batchStart)
        bytes.appendUInt64(self.durableTo)
        bytes.appendUInt64(self.firstOrdinal)
        bytes.appendUInt32(self.recordsChecksum)
        bytes.appendUInt32(UInt32(directory.count))
        bytes += directory
        bytes.storeUInt32(bytes.withUnsafeBytes { C.crc32c(0, UnsafeRawBufferPointer(rebasing: $0[12...])) }, at: 8)
        return bytes
    }

    /// Reads the COMMIT at the start of `bytes`, when there is an intact one with this mark.
    init<C: RecordChecksums>(parsing bytes: UnsafeRawBufferPointer, mark: UInt64, _: C.Type) throws(SegmentError) {
        var cursor = ByteCursor(bytes)
        guard try cursor.readUInt64() == mark else { throw SegmentError(.malformed, "no COMMIT begins here") }
        let checksum = try cursor.readUInt32()
        let count = Int(try cursor.readUInt32())
        self.sequence = try cursor.readUInt64()
        self.batchStart = try cursor.readUInt64()
        self.durableTo = try cursor.readUInt64()
        self.firstOrdinal = try cursor.readUInt64()
        self.recordsChecksum = try cursor.readUInt32()
        let directory = try cursor.readRange(Int(try cursor.readUInt32()))
        guard checksum == C.crc32c(0, UnsafeRawBufferPointer(rebasing: bytes[12..<directory.upperBound])) else {
            throw SegmentError(.checksum, "the COMMIT is damaged")
        }
        // A length takes a byte at least, so a forged count cannot make this grow.
        guard count <= directory.count else { throw SegmentError(.malformed, "the COMMIT contradicts itself") }
        var slots: [Slot] = []
        slots.reserveCapacity(count)
        var reader = ByteCursor(UnsafeRawBufferPointer(rebasing: bytes[directory]))
        for _ in 0..<count {
            let number = try reader.readCount(max: 2 * Limits.recordBytesMax)
            slots.append(Slot(bytesCount: UInt32(number >> 1), takesOrdinal: number & 1 == 1))
        }
        guard reader.remaining == 0 else { throw SegmentError(.malformed, "the COMMIT contradicts itself") }
        self.slots = slots
    }

    init(
        sequence: UInt64,
        batchStart: UInt64,
        durableTo: UInt64,
        recordsChecksum: UInt32,
        firstOrdinal: UInt64,
        slots: [Slot]
    ) {
        self.sequence = sequence
        self.batchStart = batchStart
        self.durableTo = durableTo
        self.recordsChecksum = recordsChecksum
        self.firstOrdinal = firstOrdinal
        self.slots = slots
    }
}
