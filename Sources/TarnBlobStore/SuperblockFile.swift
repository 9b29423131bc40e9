internal import TarnCore
internal import TarnSegment
internal import TarnStorage

/// The file `superblock`: two checksummed copies, written one after the other and each made durable before the next, so
/// that one of them is always whole, and both say the same once an update has returned. The newest copy is written last:
/// it is all there is until the other one is durable. Also keeps the store's segment key.
struct SuperblockFile {
    private static let copyBytesCount = 4_096
    private static let magic: UInt64 = 0x3142_5355_4e52_4154

    struct Content: Hashable, Sendable {
        /// Raised by every update.
        var sequence: UInt64
        var key: SegmentKey
        var superblock: Superblock
    }

    private let storage: any Storage
    private let directory: String
    private var path: String { "\(self.directory)/superblock" }

    init(storage: any Storage, directory: String) {
        self.storage = storage
        self.directory = directory
    }

    /// The newest whole copy, or nil when both are damaged; how many are damaged; and whether one is older than the
    /// other, as a crash between the two leaves it. Throws `notFound` when there is no file.
    func read() throws(StorageError) -> (content: Content?, damagedCopies: Int, isUneven: Bool) {
        let copies = Self.copies(of: try self.storage.open(self.path, .read)).compactMap(\.self)
        let newest = copies.max { $0.sequence < $1.sequence }
        return (newest, 2 - copies.count, copies.contains { $0.sequence != newest?.sequence })
    }

    /// What each copy says; nil for one that is damaged.
    private static func copies(of file: any StorageFile) -> [Content?] {
        (0..<2).map { index in
            (try? file.read(at: index * self.copyBytesCount, count: self.copyBytesCount)).flatMap { self.decode($0) }
        }
    }

    /// Makes the file, or replaces one of which nothing is left.
    func create(_ content: Content) throws(StorageError) {
        let temporary = "\(self.path).new"
        if (try? self.storage.open(temporary, .read)) != nil { try self.storage.remove(temporary) }
        let file = try self.storage.open(temporary, .create)
        let copy = Self.encode(content)
        try file.write(copy + copy, at: 0)
        try file.synchronize()
        try self.storage.rename(temporary, to: self.path)
        try self.storage.synchronizeDirectory(self.directory)
    }

    func update(_ content: Content) throws(StorageError) {
        let file = try self.storage.open(self.path, .write)
        let copy = Self.encode(content)
        let sequences = Self.copies(of: file).map { $0?.sequence ?? 0 }
        for index in sequences[0] > sequences[1] ? [1, 0] : [0, 1] {
            try file.write(copy, at: index * Self.copyBytesCount)
            try file.synchronize()
        }
    }

    private static func encode(_ content: Content) -> [UInt8] {
        var writer = CanonicalWriter(reservingCapacity: 512)
        withUnsafeBytes(of: self.magic.littleEndian) { writer.write(raw: $0) }
        writer.write(byte: 1)
        writer.write(content.sequence)
        writer.write(raw: content.key.bytes)
        content.superblock.encode(into: &writer)
        var bytes = writer.bytes
        let digest = Checksums.digest(bytes)
        bytes += digest.bytes
        return bytes + [UInt8](repeating: 0, count: self.copyBytesCount - bytes.count)
    }

    private static func decode(_ bytes: [UInt8]) -> Content? {
        var reader = CanonicalReader(bytes)
        do throws(CoreError) {
            let magic = Array(try reader.readRaw(count: 8))
            let version = try reader.readByte()
            guard withUnsafeBytes(of: self.magic.littleEndian, { $0.elementsEqual(magic) }), version == 1 else {
                return nil
            }
            let sequence = try reader.readUInt64()
            let key = SegmentKey(Array(try reader.readRaw(count: SegmentKey.byteCount)))
            let superblock = try Superblock(from: &reader)
            let end = reader.offset
            guard try reader.readDigest() == Checksums.digest(Array(bytes[..<end])) else { return nil }
            return Content(sequence: sequence, key: key, superblock: superblock)
        } catch {
            return nil
        }
    }
}
