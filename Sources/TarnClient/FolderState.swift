internal import CTarn
package import TarnCore

/// What a transfer remembers of a folder: for every path that folder and namespace had in common, the file's stamp and
/// content.
///
/// Disposable. The next import of an unchanged file is one `stat`, and nothing in here is believed unless the cluster
/// confirms that the target has not changed since ``op``. The file is `magic, CRC32C, body`; paths are sorted and lose
/// what they share with the one before.
package struct FolderState: Sendable {
    /// One path. A folder has no content and no stamp.
    package struct Record: Sendable {
        /// Relative, without a leading slash.
        package var path: [UInt8] = []
        package var isDirectory = false
        /// ``FileStamp/changedNanoseconds`` is 0 where the stamp must not be trusted: the file was too young to see
        /// every change.
        package var stamp = FileStamp(size: 0, modifiedNanoseconds: 0, changedNanoseconds: 0, inode: 0)
        package var content = Digest.zero
    }

    /// What the state is about; a file that says otherwise is not used.
    package struct Subject: Hashable, Sendable {
        package let cluster: String
        package let folder: String
        package let path: NamespacePath

        package init(cluster: String, folder: String, path: NamespacePath) {
            self.cluster = cluster
            self.folder = folder
            self.path = path
        }
    }

    package let subject: Subject
    /// The records are what the target held after this op.
    package let op: Op
    /// Whether the target held nothing else.
    package let coversTarget: Bool
    package let count: Int
    private let records: ArraySlice<UInt8>

    /// Throws ``CoreError`` with code `malformed` for anything but an undamaged state.
    package init(decoding bytes: [UInt8]) throws(CoreError) {
        guard bytes.starts(with: Self.magic), bytes.count >= Self.headerBytesCount else {
            throw CoreError(.malformed, "it is no state of a folder")
        }
        guard Self.checksum(bytes[Self.headerBytesCount...]) == Self.storedChecksum(bytes) else {
            throw CoreError(.malformed, "its checksum is wrong")
        }
        var reader = CanonicalReader(bytes[Self.headerBytesCount...])
        let cluster = try reader.readString(max: 64)
        let folder = try reader.readString(max: Limits.pathBytesMax)
        let path = try NamespacePath(utf8: Array(reader.readBytes(max: Limits.pathBytesMax)))
        self.subject = Subject(cluster: cluster, folder: folder, path: path)
        self.op = Op(try reader.readUInt64())
        self.coversTarget = try reader.readByte() == 1
        self.count = try reader.readCount(max: reader.remaining)
        self.records = try reader.readRaw(count: reader.remaining)
    }

    /// The records in order.
    package func cursor() -> Cursor {
        Cursor(self.records, count: self.count)
    }

    static let magic = Array("TARNFST1".utf8)
    static let headerBytesCount = 12

    static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.withUnsafeBytes { tarn_crc32c(0, $0.baseAddress, $0.count) }
    }

    private static func storedChecksum(_ bytes: [UInt8]) -> UInt32 {
        bytes.withUnsafeBytes { UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt32.self)) }
    }
}

extension FolderState {
    /// Reads records one by one into the same memory.
    package struct Cursor: Sendable {
        private var reader: CanonicalReader
        private var remaining: Int
        /// The record that ``advance()`` read last.
        package private(set) var record = Record()

        init(_ bytes: ArraySlice<UInt8>, count: Int) {
            self.reader = CanonicalReader(bytes)
            self.remaining = count
        }

        /// Reads the next record; false behind the last one.
        package mutating func advance() throws(CoreError) -> Bool {
            guard self.remaining > 0 else {
                try self.reader.expectEnd()
                return false
            }
            self.remaining -= 1
            let shared = try self.reader.readCount(max: self.record.path.count)
            let suffix = try self.reader.readBytes(max: Limits.pathBytesMax)
            self.record.path.removeSubrange(shared...)
            self.record.path.append(contentsOf: suffix)
            self.record.isDirectory = try self.reader.readByte() == 1
            guard !self.record.isDirectory else { return true }
            self.record.stamp = FileStamp(
                size: try self.reader.readUInt64(),
                modifiedNanoseconds: Int64(bitPattern: try self.reader.readUInt64()),
                changedNanoseconds: Int64(bitPattern: try self.reader.readUInt64()),
                inode: try self.reader.readUInt64()
            )
            self.record.content = try self.reader.readDigest()
            return true
        }
    }
}
