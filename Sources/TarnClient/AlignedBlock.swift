internal import TarnCore

/// Memory from which bytes are written past the page cache: Linux wants its address, the length and the place in the
/// file to be multiples of the block size of the disk (open(2), O_DIRECT).
final class AlignedBlock {
    /// A multiple of the logical block size of every disk in use.
    private static let alignment = 4_096

    private let bytes = UnsafeMutableRawBufferPointer.allocate(
        byteCount: Limits.exportDirectBytesMin,
        alignment: AlignedBlock.alignment
    )

    deinit { self.bytes.deallocate() }

    static func isAligned(_ count: Int) -> Bool { count.isMultiple(of: self.alignment) }

    /// Writes `content`, whose length is aligned, at the file's position, which is aligned as well.
    func write(_ content: [UInt8], to file: borrowing FileDescriptor) throws(SystemError) {
        var rest = content[...]
        while !rest.isEmpty {
            let piece = rest.prefix(self.bytes.count)
            self.bytes.copyBytes(from: piece)
            try file.write(UnsafeRawBufferPointer(rebasing: self.bytes[..<piece.count]))
            rest = rest[piece.endIndex...]
        }
    }
}
