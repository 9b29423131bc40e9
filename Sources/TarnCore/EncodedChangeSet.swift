/// The bytes of a change set, of which only what is asked for is decoded.
///
/// The set of an import holds tens of thousands of changes, and most readers want a few of them, or one fact of each.
/// Elements are in the order in which the changes apply.
package struct EncodedChangeSet: Sendable, RandomAccessCollection {
    /// One change: its path and what is done there.
    package struct Element: Sendable {
        package enum Action: Hashable, Sendable {
            case put
            case delete(recursive: Bool)
            case move(to: NamespacePath)
        }

        package let path: NamespacePath
        package let action: Action
    }

    /// ``ChangeSet/source``.
    package let source: String
    private let bytes: [UInt8]
    /// Where each change begins, and where the last one ends.
    private let offsets: [Int]

    /// Throws ``CoreError`` with code `malformed` for bytes that are not divided as a set is. What the parts say is
    /// not looked at: that is for bytes that were a ``ChangeSet`` before, as those of the log are.
    package init(_ bytes: [UInt8]) throws(CoreError) {
        var reader = CanonicalReader(bytes)
        let count = try reader.readCount(max: Limits.changesPerSetMax)
        var offsets: [Int] = []
        offsets.reserveCapacity(Swift.min(count, reader.remaining) + 1)
        for _ in 0..<count {
            offsets.append(reader.offset)
            try Change.skip(in: &reader)
        }
        offsets.append(reader.offset)
        self.source = try ChangeSet.readSource(from: &reader)
        self.bytes = bytes
        self.offsets = offsets
    }

    package var startIndex: Int { 0 }
    package var endIndex: Int { self.offsets.count - 1 }

    package subscript(index: Int) -> Element {
        var reader = self.reader(at: index)
        do {
            let path = NamespacePath(unchecked: Array(try reader.readBytes(max: Limits.pathBytesMax)))
            try Change.Precondition.skip(in: &reader)
            return Element(path: path, action: try Element.Action(from: &reader))
        } catch {
            preconditionFailure("the change at \(index) was walked over before: \(error)")
        }
    }

    /// The whole change at `index`. Throws ``CoreError`` for one that could not have been encoded.
    package func change(at index: Int) throws(CoreError) -> Change {
        var reader = self.reader(at: index)
        return try Change(from: &reader)
    }

    /// ``ChangeSet/blobs``
    package func blobs() throws(CoreError) -> [BlobAddress] {
        var seen: Set<BlobAddress> = []
        var out: [BlobAddress] = []
        for index in self.indices {
            var reader = self.reader(at: index)
            guard let named = try Change.skip(in: &reader), seen.insert(named.blob).inserted else { continue }
            out.append(named.blob)
        }
        return out
    }

    /// Those of ``blobs()`` that are manifests of large files.
    package func manifests() throws(CoreError) -> [BlobAddress] {
        var out: [BlobAddress] = []
        for index in self.indices {
            var reader = self.reader(at: index)
            if let named = try Change.skip(in: &reader), named.isManifest { out.append(named.blob) }
        }
        return out
    }

    private func reader(at index: Int) -> CanonicalReader {
        CanonicalReader(self.bytes[self.offsets[index]..<self.offsets[index + 1]])
    }
}

extension EncodedChangeSet.Element.Action {
    fileprivate init(from reader: inout CanonicalReader) throws(CoreError) {
        switch try reader.readByte() {
        case Change.Tag.put: self = .put
        case Change.Tag.delete: self = .delete(recursive: false)
        case Change.Tag.deleteRecursively: self = .delete(recursive: true)
        case Change.Tag.move:
            self = .move(to: NamespacePath(unchecked: Array(try reader.readBytes(max: Limits.pathBytesMax))))
        case let tag: throw CoreError(.malformed, "action of unknown kind \(tag)")
        }
    }
}
