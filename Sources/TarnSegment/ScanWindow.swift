/// The part of a segment that recovery has in memory: read ahead in large pieces, never larger than the largest batch.
final class ScanWindow<Source: SegmentSource> {
    private static var readAheadBytesCount: Int { 4 << 20 }

    private let source: Source
    private var start = 0
    private var buffer = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private var capacity = 0

    init(_ source: Source) {
        self.source = source
    }

    deinit {
        UnsafeMutableRawBufferPointer(start: self.buffer.baseAddress, count: self.capacity).deallocate()
    }

    var bytesCount: Int { self.source.bytesCount }

    /// The bytes from `offset` on, `count` of them or as many as the segment has. Valid until the next call.
    func bytes(at offset: Int, count: Int) -> UnsafeRawBufferPointer {
        let wanted = max(0, min(count, self.bytesCount - offset))
        guard wanted > 0 else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        if offset < self.start || offset + wanted > self.start + self.buffer.count {
            self.load(at: offset, count: min(max(wanted, Self.readAheadBytesCount), self.bytesCount - offset))
        }
        let from = offset - self.start
        return UnsafeRawBufferPointer(rebasing: self.buffer[from..<from + wanted])
    }

    /// Whether only zeros follow from `offset` on.
    func isZero(from offset: Int) -> Bool {
        var position = offset
        while position < self.bytesCount {
            let piece = self.bytes(at: position, count: Self.readAheadBytesCount)
            guard Self.isZero(piece) else { return false }
            position += piece.count
        }
        return true
    }

    private static func isZero(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var offset = 0
        while offset + 8 <= bytes.count {
            guard bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self) == 0 else { return false }
            offset += 8
        }
        return bytes[offset...].allSatisfy { $0 == 0 }
    }

    private func load(at offset: Int, count: Int) {
        if count > self.capacity {
            UnsafeMutableRawBufferPointer(start: self.buffer.baseAddress, count: self.capacity).deallocate()
            self.buffer = .allocate(byteCount: count, alignment: 16)
            self.capacity = count
        }
        self.buffer = UnsafeMutableRawBufferPointer(start: self.buffer.baseAddress, count: count)
        self.source.read(at: offset, into: self.buffer)
        self.start = offset
    }
}
