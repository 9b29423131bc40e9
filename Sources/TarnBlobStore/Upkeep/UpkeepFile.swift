internal import TarnCore
internal import TarnSegment
internal import TarnStorage

/// The file `upkeep`: what the store would otherwise forget at a restart, though it costs nothing but time to find out
/// again. It is replaced as a whole; without it, or when it is damaged, a pass and all graces begin anew.
struct UpkeepFile {
    struct Condemned: Hashable {
        let ordinal: UInt64
        let fingerprint: UInt64
        let since: UInt32
    }

    struct Suspect: Hashable {
        let ordinal: UInt64
        let segment: UInt32
        let offset: UInt32
    }

    struct Content: Hashable {
        var scrub = ScrubState()
        var condemned: [Condemned] = []
        var suspects: [Suspect] = []
    }

    private static let magic: UInt64 = 0x3150_4b55_4e52_4154
    private static let version: UInt8 = 1
    private let storage: any Storage
    private let directory: String
    private var path: String { "\(self.directory)/upkeep" }

    /// `directory` is the data folder.
    init(storage: any Storage, directory: String) {
        self.storage = storage
        self.directory = directory
    }

    /// What the file says, or nothing when there is none that can be read.
    func read() -> Content {
        guard let file = try? self.storage.open(self.path, .read), let count = try? file.bytesCount(),
            count <= Limits.upkeepFileBytesMax, let bytes = try? file.read(at: 0, count: count)
        else { return Content() }
        return (try? Self.decode(bytes)) ?? Content()
    }

    func write(_ content: Content) throws(StorageError) {
        let temporary = "\(self.path).new"
        if (try? self.storage.open(temporary, .read)) != nil { try self.storage.remove(temporary) }
        let file = try self.storage.open(temporary, .create)
        try file.write(Self.encode(content), at: 0)
        try file.synchronize()
        try self.storage.rename(temporary, to: self.path)
        try self.storage.synchronizeDirectory(self.directory)
    }

    static func encode(_ content: Content) -> [UInt8] {
        var writer = CanonicalWriter()
        withUnsafeBytes(of: self.magic.littleEndian) { writer.write(raw: Array($0)) }
        writer.write(byte: self.version)
        writer.write(byte: content.scrub.position.stream.rawValue)
        writer.write(UInt64(content.scrub.position.place))
        writer.write(UInt64(content.scrub.position.offset))
        writer.write(UInt64(content.scrub.passStartedAt))
        writer.write(content.scrub.passBytesCount)
        writer.write(UInt64(content.scrub.lastCompletedAt))
        writer.write(count: content.suspects.count)
        for suspect in content.suspects {
            writer.write(suspect.ordinal)
            writer.write(UInt64(suspect.segment))
            writer.write(UInt64(suspect.offset))
        }
        // What does not fit is condemned anew; its grace begins again.
        let condemned = content.condemned.prefix(Limits.upkeepCondemnedMax)
        writer.write(count: condemned.count)
        for item in condemned {
            writer.write(item.ordinal)
            withUnsafeBytes(of: item.fingerprint.littleEndian) { writer.write(raw: Array($0)) }
            writer.write(UInt64(item.since))
        }
        let bytes = writer.bytes
        return bytes + Checksums.digest(bytes).bytes
    }

    static func decode(_ bytes: [UInt8]) throws(CoreError) -> Content {
        var reader = CanonicalReader(bytes)
        let magic = Array(try reader.readRaw(count: 8))
        let version = try reader.readByte()
        guard withUnsafeBytes(of: self.magic.littleEndian, { $0.elementsEqual(magic) }), version == self.version,
            bytes.count >= Digest.byteCount,
            Checksums.digest(Array(bytes.dropLast(Digest.byteCount))).bytes.elementsEqual(
                bytes.suffix(Digest.byteCount)
            )
        else { throw CoreError(.malformed, "not an upkeep file") }
        var content = Content()
        let stream = SegmentStream(rawValue: try reader.readByte()) ?? .small
        content.scrub.position = ScrubPosition(
            stream: stream,
            place: UInt32(clamping: try reader.readUInt64()),
            offset: UInt32(clamping: try reader.readUInt64())
        )
        content.scrub.passStartedAt = UInt32(clamping: try reader.readUInt64())
        content.scrub.passBytesCount = try reader.readUInt64()
        content.scrub.lastCompletedAt = UInt32(clamping: try reader.readUInt64())
        for _ in 0..<(try reader.readCount(max: bytes.count)) {
            content.suspects.append(
                Suspect(
                    ordinal: try reader.readUInt64(),
                    segment: UInt32(clamping: try reader.readUInt64()),
                    offset: UInt32(clamping: try reader.readUInt64())
                )
            )
        }
        for _ in 0..<(try reader.readCount(max: bytes.count)) {
            let ordinal = try reader.readUInt64()
            let raw = try reader.readRaw(count: 8)
            let fingerprint = raw.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            content.condemned.append(
                Condemned(ordinal: ordinal, fingerprint: fingerprint, since: UInt32(clamping: try reader.readUInt64()))
            )
        }
        return content
    }
}
