package import TarnCore

/// Builds the bytes of a ``FolderState`` from records in the order of their paths.
package struct FolderStateWriter: Sendable {
    private var records = CanonicalWriter()
    private var last: [UInt8] = []
    package private(set) var count = 0

    package init() {}

    package mutating func append(
        path: ArraySlice<UInt8>,
        isDirectory: Bool,
        stamp: FileStamp,
        content: Digest
    ) {
        let shared = self.last.withUnsafeBytes { last in
            path.withUnsafeBytes { Bytes.sharedPrefixCount(last, $0) }
        }
        self.records.write(count: shared)
        self.records.write(bytes: path.dropFirst(shared))
        self.records.write(byte: isDirectory ? 1 : 0)
        if !isDirectory {
            self.records.write(stamp.size)
            self.records.write(UInt64(bitPattern: stamp.modifiedNanoseconds))
            self.records.write(UInt64(bitPattern: stamp.changedNanoseconds))
            self.records.write(stamp.inode)
            self.records.write(content)
        }
        self.last.removeSubrange(shared...)
        self.last.append(contentsOf: path.dropFirst(shared))
        self.count += 1
    }

    package func finish(subject: FolderState.Subject, op: Op, coversTarget: Bool) -> [UInt8] {
        var body = CanonicalWriter(reservingCapacity: self.records.count + 1_024)
        body.write(subject.cluster)
        body.write(subject.folder)
        body.write(bytes: subject.path.utf8)
        body.write(op.number)
        body.write(byte: coversTarget ? 1 : 0)
        body.write(count: self.count)
        body.write(raw: self.records.bytes)
        var out = FolderState.magic
        out.reserveCapacity(FolderState.headerBytesCount + body.count)
        withUnsafeBytes(of: FolderState.checksum(body.bytes[...]).littleEndian) { out.append(contentsOf: $0) }
        out.append(contentsOf: body.bytes)
        return out
    }
}
