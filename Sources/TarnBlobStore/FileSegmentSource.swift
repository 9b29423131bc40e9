internal import TarnSegment
internal import TarnStorage

/// A segment file as recovery reads it: sectors that cannot be read become 0xFF, so that they fail their checksum.
final class FileSegmentSource: SegmentSource {
    private static let sectorBytes = 4_096

    let bytesCount: Int
    /// Whether a sector could not be read: then what looks torn may be damaged instead.
    private(set) var hasUnreadableSectors = false
    private let file: any StorageFile

    init(_ file: any StorageFile, bytesCount: Int) {
        self.file = file
        self.bytesCount = bytesCount
    }

    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) {
        if (try? self.file.read(at: offset, into: buffer)) == buffer.count { return }
        // One bad sector must not hide its neighbours.
        var start = 0
        while start < buffer.count {
            let end = min(buffer.count, start + Self.sectorBytes - (offset + start) % Self.sectorBytes)
            let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[start..<end])
            do throws(StorageError) {
                if try self.file.read(at: offset + start, into: piece) != piece.count { self.fail(piece) }
            } catch {
                // What was encrypted and never written whole is torn, not unreadable.
                if error.code == .unauthentic { Self.blank(piece) } else { self.fail(piece) }
            }
            start = end
        }
    }

    private func fail(_ piece: UnsafeMutableRawBufferPointer) {
        self.hasUnreadableSectors = true
        Self.blank(piece)
    }

    private static func blank(_ piece: UnsafeMutableRawBufferPointer) {
        piece.initializeMemory(as: UInt8.self, repeating: 0xff)
    }
}
