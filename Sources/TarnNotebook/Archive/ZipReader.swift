internal import TarnCore

/// Takes the files out of a zip archive, by its central directory.
///
/// Bounds on the number of files and on what they inflate to hold whatever the archive says of itself. Archives in
/// parts, encrypted ones and those of more than 4 GiB are refused.
struct ZipReader {
    struct File {
        let path: String
        let bytes: [UInt8]
    }

    static let localHeaderMagic: [UInt8] = [0x50, 0x4b, 0x03, 0x04]
    static let directoryMagic: [UInt8] = [0x50, 0x4b, 0x01, 0x02]
    static let endMagic: [UInt8] = [0x50, 0x4b, 0x05, 0x06]
    private static let endBytes = 22
    private static let directoryEntryBytes = 46
    private static let localHeaderBytes = 30

    private let bytes: [UInt8]
    private var inflatedBytes = 0

    /// All files of the archive in the order of its directory; folders are left out.
    static func read(_ bytes: [UInt8]) throws(NotebookError) -> [File] {
        var reader = ZipReader(bytes: bytes)
        return try reader.files()
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private mutating func files() throws(NotebookError) -> [File] {
        let end = try self.endOfDirectory()
        let count = self.integer16(at: end + 10)
        guard count != 0xffff, self.integer16(at: end + 4) == 0 else {
            throw NotebookError(.unsupported, "The archive is in parts or too large.")
        }
        guard count <= Limits.archiveEntriesMax else {
            throw NotebookError(.tooLarge, "The archive has \(count) files; the limit is \(Limits.archiveEntriesMax).")
        }
        var files: [File] = []
        var position = self.integer32(at: end + 16)
        for _ in 0..<count {
            guard self.has(Self.directoryMagic, at: position, bytes: Self.directoryEntryBytes) else {
                throw self.damage("its directory is not where its end says")
            }
            let nameCount = self.integer16(at: position + 28)
            let nameStart = position + Self.directoryEntryBytes
            let next = nameStart + nameCount + self.integer16(at: position + 30) + self.integer16(at: position + 32)
            guard next <= self.bytes.count,
                let path = String(validating: self.bytes[nameStart..<nameStart + nameCount], as: UTF8.self)
            else { throw self.damage("a name in its directory is not UTF-8 or ends too late") }
            if !path.hasSuffix("/") {
                files.append(File(path: path, bytes: try self.content(at: position, path: path)))
            }
            position = next
        }
        return files
    }

    /// The content of the file whose entry of the directory stands at `entry`.
    private mutating func content(at entry: Int, path: String) throws(NotebookError) -> [UInt8] {
        let flags = self.integer16(at: entry + 8)
        let method = self.integer16(at: entry + 10)
        let checksum = UInt32(self.integer32(at: entry + 16))
        let storedCount = self.integer32(at: entry + 20)
        let count = self.integer32(at: entry + 24)
        let header = self.integer32(at: entry + 42)
        guard flags & 1 == 0 else { throw NotebookError(.unsupported, "'\(path)' in the archive is encrypted.") }
        guard self.has(Self.localHeaderMagic, at: header, bytes: Self.localHeaderBytes) else {
            throw self.damage("'\(path)' is not where its directory says")
        }
        let start = header + Self.localHeaderBytes + self.integer16(at: header + 26) + self.integer16(at: header + 28)
        guard start <= self.bytes.count, storedCount <= self.bytes.count - start else {
            throw self.damage("'\(path)' ends too late")
        }
        let bytesMax = min(Limits.notebookBytesMax, Limits.archiveInflatedBytesMax - self.inflatedBytes)
        guard count <= bytesMax else {
            throw NotebookError(.tooLarge, "'\(path)' in the archive has \(count) bytes; \(bytesMax) are allowed.")
        }
        let stored = self.bytes[start..<start + storedCount]
        let content: [UInt8]
        switch method {
        case 0: content = Array(stored)
        case 8: content = try Inflate.decompress(stored, bytesMax: bytesMax, expected: count)
        default: throw NotebookError(.unsupported, "'\(path)' in the archive is compressed by method \(method).")
        }
        guard content.count == count, CRC32.of(content) == checksum else {
            throw self.damage("'\(path)' does not have its checksum")
        }
        self.inflatedBytes += content.count
        return content
    }

    /// Where the record at the end begins; a comment may stand behind it.
    private func endOfDirectory() throws(NotebookError) -> Int {
        let lowest = max(0, self.bytes.count - Self.endBytes - 0xffff)
        var position = self.bytes.count - Self.endBytes
        while position >= lowest {
            if self.has(Self.endMagic, at: position, bytes: Self.endBytes) { return position }
            position -= 1
        }
        throw self.damage("it has no directory")
    }

    private func has(_ magic: [UInt8], at position: Int, bytes count: Int) -> Bool {
        position >= 0 && position <= self.bytes.count - count
            && self.bytes[position..<position + 4].elementsEqual(magic)
    }

    private func integer16(at position: Int) -> Int {
        Int(self.bytes[position]) | Int(self.bytes[position + 1]) << 8
    }

    private func integer32(at position: Int) -> Int {
        self.integer16(at: position) | self.integer16(at: position + 2) << 16
    }

    private func damage(_ what: String) -> NotebookError {
        NotebookError(.malformed, "The archive is damaged: \(what).")
    }
}
