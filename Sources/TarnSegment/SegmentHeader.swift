package import TarnCore

/// The first 4,096 bytes of a segment: whose it is. Written twice, because everything else is found with it.
package struct SegmentHeader: Hashable, Sendable {
    /// Where the first batch begins.
    package static let regionBytesCount = 4_096
    private static let copyOffsets = [0, 2_048]
    private static let encodedBytesCount = 96
    private static let magic: UInt64 = 0x3147_4553_4e52_4154
    /// Version 1 has plain records only and no place, version 2 plain records and a place; their readers would take
    /// compact records for damage.
    private static let version: UInt8 = 3
    private static let placedVersion: UInt8 = 2
    private static let plainVersion: UInt8 = 1
    private static let placeOffset = 80

    package let number: UInt32
    package let stream: SegmentStream
    package let clusterID: [UInt8]
    package let datacenter: DatacenterID
    package let key: SegmentKey
    /// Of a segment made by compaction: the numbers whose records it took over. Records are replayed in order of these
    /// places, and an older segment inside them is void. Otherwise nil: its place is its number.
    package let place: ClosedRange<UInt32>?
    /// Whether batches with compact records may be appended: not to a segment that an older version began.
    package let isCurrent: Bool

    /// `clusterID` has 16 bytes; `number` is unique in its store and not 0.
    package init(
        number: UInt32,
        stream: SegmentStream,
        clusterID: [UInt8],
        datacenter: DatacenterID,
        key: SegmentKey,
        place: ClosedRange<UInt32>? = nil,
        isCurrent: Bool = true
    ) {
        precondition(
            clusterID.count == 16 && number > 0,
            "segment \(number) of a cluster id of \(clusterID.count) bytes"
        )
        self.number = number
        self.stream = stream
        self.clusterID = clusterID
        self.datacenter = datacenter
        self.key = key
        self.place = place
        self.isCurrent = isCurrent
    }

    /// The whole region.
    package func encoded<C: RecordChecksums>(_: C.Type) -> [UInt8] {
        var copy: [UInt8] = []
        copy.appendUInt64(Self.magic)
        copy.append(self.isCurrent ? Self.version : self.place == nil ? Self.plainVersion : Self.placedVersion)
        copy.append(self.stream.rawValue)
        copy.append(UInt8(self.datacenter.name.utf8.count))
        copy.append(0)
        copy.appendUInt32(self.number)
        copy += self.clusterID
        copy += self.key.bytes
        copy += Array(self.datacenter.name.utf8)
        copy += [UInt8](repeating: 0, count: Self.placeOffset - copy.count)
        copy.appendUInt32(self.place?.lowerBound ?? 0)
        copy.appendUInt32(self.place?.upperBound ?? 0)
        copy += [UInt8](repeating: 0, count: Self.encodedBytesCount - 4 - copy.count)
        copy.appendUInt32(copy.withUnsafeBytes { C.crc32c(0, $0) })
        var region = [UInt8](repeating: 0, count: Self.regionBytesCount)
        for offset in Self.copyOffsets { region.replaceSubrange(offset..<offset + copy.count, with: copy) }
        return region
    }

    /// Reads the first intact copy. Throws when there is none.
    package init<C: RecordChecksums>(decoding region: UnsafeRawBufferPointer, _: C.Type) throws(SegmentError) {
        var failure = SegmentError(.malformed, "segment header ends too early")
        for offset in Self.copyOffsets where offset + Self.encodedBytesCount <= region.count {
            let copy = UnsafeRawBufferPointer(rebasing: region[offset..<offset + Self.encodedBytesCount])
            do throws(SegmentError) {
                try self.init(copy: copy, C.self)
                return
            } catch {
                failure = error
            }
        }
        throw failure
    }

    private init<C: RecordChecksums>(copy: UnsafeRawBufferPointer, _: C.Type) throws(SegmentError) {
        let checked = UnsafeRawBufferPointer(rebasing: copy[..<(copy.count - 4)])
        var cursor = ByteCursor(copy)
        guard try cursor.readUInt64() == Self.magic else { throw SegmentError(.malformed, "not a segment of Tarn") }
        let version = try cursor.readByte()
        let stream = SegmentStream(rawValue: try cursor.readByte())
        let nameCount = Int(try cursor.readByte())
        _ = try cursor.readByte()
        let number = try cursor.readUInt32()
        let cluster = try cursor.readRange(16)
        let key = try cursor.readRange(SegmentKey.byteCount)
        let name = try cursor.readRange(min(nameCount, Limits.datacenterNameBytesMax))
        var end = ByteCursor(copy, at: checked.count)
        guard try end.readUInt32() == C.crc32c(0, checked) else {
            throw SegmentError(.checksum, "the segment header is damaged")
        }
        guard version == Self.version || version == Self.placedVersion || version == Self.plainVersion else {
            throw SegmentError(.unknownVersion, "segment of the unknown format version \(version)")
        }
        var place = ByteCursor(copy, at: Self.placeOffset)
        let first = try place.readUInt32()
        let last = try place.readUInt32()
        let hasPlace = version == Self.placedVersion || (version == Self.version && last > 0)
        guard let stream, number > 0, !hasPlace || (first > 0 && first <= last),
            let datacenter = try? DatacenterID(String(decoding: copy[name], as: UTF8.self))
        else { throw SegmentError(.malformed, "the segment header contradicts itself") }
        self.init(
            number: number,
            stream: stream,
            clusterID: Array(copy[cluster]),
            datacenter: datacenter,
            key: SegmentKey(Array(copy[key])),
            place: hasPlace ? first...last : nil,
            isCurrent: version == Self.version
        )
    }
}
