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
        case .any: writer.write(byte: 0)
        case .absent: writer.write(byte: 1)
        case .entry(let hash):
            writer.write(byte: 2)
            writer.write(hash)
        case .content(let address):
            writer.write(byte: 3)
            writer.write(address)
        }
        switch self.action {
        case .put(let entry):
            writer.write(byte: 0)
            entry.encode(into: &writer)
        case .delete(let recursive):
            writer.write(byte: recursive ? 2 : 1)
        case .move(let target):
            writer.write(byte: 3)
            writer.write(bytes: target.utf8)
        }
    }

    package init(from reader: inout CanonicalReader) throws(CoreError) {
        self.path = try NamespacePath(utf8: Array(reader.readBytes(max: Limits.pathBytesMax)))
        switch try reader.readByte() {
        case 0: self.precondition = .any
        case 1: self.precondition = .absent
        case 2: self.precondition = .entry(try reader.readDigest())
        case 3: self.precondition = .content(try reader.readDigest())
        case let tag: throw CoreError(.malformed, "precondition of unknown kind \(tag)")
        }
        switch try reader.readByte() {
        case 0: self.action = .put(try Entry(from: &reader))
        case 1: self.action = .delete(recursive: false)
        case 2: self.action = .delete(recursive: true)
        case 3: self.action = .move(to: try NamespacePath(utf8: Array(reader.readBytes(max: Limits.pathBytesMax))))
        case let tag: throw CoreError(.malformed, "action of unknown kind \(tag)")
        }
    }
}
