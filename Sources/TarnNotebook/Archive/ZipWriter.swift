/// Writes a zip archive whose files are stored as they are.
///
/// They are not compressed: every reader of zip takes stored files, and a second compressor in plain Swift would buy
/// little for archives that are made once and sent over a wire. Times are left at zip's first day, so that the same
/// files give the same archive at every datacentre.
struct ZipWriter {
    private static let version: UInt16 = 20
    /// Names are UTF-8.
    private static let flags: UInt16 = 0x0800
    /// 1980-01-01.
    private static let date: UInt16 = 0x0021

    private(set) var bytes: [UInt8] = []
    private var directory: [UInt8] = []
    /// Files and folders so far. An archive of this form takes 65,534.
    private(set) var count: UInt16 = 0

    /// Appends a file, or a folder when `path` ends in a slash. The caller keeps below 65,535 files and 4 GiB.
    mutating func append(path: String, content: [UInt8]) {
        let offset = UInt32(self.bytes.count)
        let name = Array(path.utf8)
        var fields: [UInt8] = []
        Self.append(Self.version, to: &fields)
        Self.append(Self.flags, to: &fields)
        Self.append(UInt16(0), to: &fields)
        Self.append(UInt16(0), to: &fields)
        Self.append(Self.date, to: &fields)
        Self.append(CRC32.of(content), to: &fields)
        Self.append(UInt32(content.count), to: &fields)
        Self.append(UInt32(content.count), to: &fields)
        Self.append(UInt16(name.count), to: &fields)
        Self.append(UInt16(0), to: &fields)
        self.bytes += ZipReader.localHeaderMagic + fields + name
        self.bytes += content
        self.directory += ZipReader.directoryMagic
        Self.append(Self.version, to: &self.directory)
        self.directory += fields
        // Comment, part, internal attributes and external attributes are nothing.
        self.directory += [UInt8](repeating: 0, count: 10)
        Self.append(offset, to: &self.directory)
        self.directory += name
        self.count += 1
    }

    /// The whole archive.
    consuming func finish() -> [UInt8] {
        let offset = UInt32(self.bytes.count)
        self.bytes += self.directory
        self.bytes += ZipReader.endMagic
        Self.append(UInt32(0), to: &self.bytes)
        Self.append(self.count, to: &self.bytes)
        Self.append(self.count, to: &self.bytes)
        Self.append(UInt32(self.directory.count), to: &self.bytes)
        Self.append(offset, to: &self.bytes)
        Self.append(UInt16(0), to: &self.bytes)
        return self.bytes
    }

    private static func append(_ value: some FixedWidthInteger, to out: inout [UInt8]) {
        withUnsafeBytes(of: value.littleEndian) { out.append(contentsOf: $0) }
    }
}
