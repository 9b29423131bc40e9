/// One change of a change set, at one path or one subtree.
package struct Change: Hashable, Sendable {
    /// What must stand at the path for the set to apply.
    package enum Precondition: Hashable, Sendable {
        case any
        case absent
        /// ``Entry/hash(_:)`` of the entry that must be there.
        case entry(Digest)
        /// The content address that must be there.
        case content(BlobAddress)
    }

    package enum Action: Hashable, Sendable {
        case put(Entry)
        /// Without `recursive`, a directory must be empty.
        case delete(recursive: Bool)
        /// Moves the entry, and what is below it, to a path that must not exist.
        case move(to: NamespacePath)
    }

    /// How the encoding names actions.
    enum Tag {
        static let put: UInt8 = 0
        static let delete: UInt8 = 1
        static let deleteRecursively: UInt8 = 2
        static let move: UInt8 = 3
    }

    package let path: NamespacePath
    package let precondition: Precondition
    package let action: Action

    package init(path: NamespacePath, precondition: Precondition = .any, action: Action) {
        self.path = path
        self.precondition = precondition
        self.action = action
    }

    package func encode(into writer: inout CanonicalWriter) {
        writer.write(bytes: self.path.utf8)
        switch self.precondition {
        case .any: writer.write(byte: Precondition.Tag.any)
        case .absent: writer.write(byte: Precondition.Tag.absent)
        case .entry(let hash):
            writer.write(byte: Precondition.Tag.entry)
            writer.write(hash)
        case .content(let address):
            writer.write(byte: Precondition.Tag.content)
            writer.write(address)
        }
        switch self.action {
        case .put(let entry):
            writer.write(byte: Tag.put)
            entry.encode(into: &writer)
        case .delete(let recursive):
            writer.write(byte: recursive ? Tag.deleteRecursively : Tag.delete)
        case .move(let target):
            writer.write(byte: Tag.move)
            writer.write(bytes: target.utf8)
        }
    }

    package init(from reader: inout CanonicalReader) throws(CoreError) {
        self.path = try NamespacePath(utf8: Array(reader.readBytes(max: Limits.pathBytesMax)))
        switch try reader.readByte() {
        case Precondition.Tag.any: self.precondition = .any
        case Precondition.Tag.absent: self.precondition = .absent
        case Precondition.Tag.entry: self.precondition = .entry(try reader.readDigest())
        case Precondition.Tag.content: self.precondition = .content(try reader.readDigest())
        case let tag: throw CoreError(.malformed, "precondition of unknown kind \(tag)")
        }
        switch try reader.readByte() {
        case Tag.put: self.action = .put(try Entry(from: &reader))
        case Tag.delete: self.action = .delete(recursive: false)
        case Tag.deleteRecursively: self.action = .delete(recursive: true)
        case Tag.move:
            self.action = .move(to: try NamespacePath(utf8: Array(reader.readBytes(max: Limits.pathBytesMax))))
        case let tag: throw CoreError(.malformed, "action of unknown kind \(tag)")
        }
    }

    /// Walks over an encoded change without looking at more than its lengths; returns the blob that it names, and
    /// whether that is the manifest of a large file.
    @discardableResult
    static func skip(in reader: inout CanonicalReader) throws(CoreError) -> (blob: BlobAddress, isManifest: Bool)? {
        try reader.skipBytes(max: Limits.pathBytesMax)
        try Precondition.skip(in: &reader)
        switch try reader.readByte() {
        case Tag.put: return try Entry.skip(in: &reader)
        case Tag.delete, Tag.deleteRecursively: break
        case Tag.move: try reader.skipBytes(max: Limits.pathBytesMax)
        case let tag: throw CoreError(.malformed, "action of unknown kind \(tag)")
        }
        return nil
    }
}

extension Change.Precondition {
    /// How the encoding names preconditions.
    fileprivate enum Tag {
        static let any: UInt8 = 0
        static let absent: UInt8 = 1
        static let entry: UInt8 = 2
        static let content: UInt8 = 3
    }

    static func skip(in reader: inout CanonicalReader) throws(CoreError) {
        switch try reader.readByte() {
        case Tag.any, Tag.absent: break
        case Tag.entry, Tag.content: _ = try reader.readRaw(count: Digest.byteCount)
        case let tag: throw CoreError(.malformed, "precondition of unknown kind \(tag)")
        }
    }
}
