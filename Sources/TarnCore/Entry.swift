/// What stands at a path: a directory, or a file of any kind with the SHA-256 of its whole content.
///
/// Whether a file is a notebook, and in which language, is said by attributes (``Attributes/kind``), so a new kind of
/// thing needs no new kind of entry.
package struct Entry: Hashable, Sendable {
    package enum Kind: UInt8, Sendable {
        case directory = 1
        case file = 2
    }

    package let kind: Kind
    /// SHA-256 of the whole content; ``Digest/zero`` for a directory.
    package let content: BlobAddress
    /// Bytes of the whole content; 0 for a directory.
    package let size: UInt64
    /// Address of the ``Manifest``; present exactly when `size` is above ``Limits/blobBytesMax``.
    package let manifest: BlobAddress?
    package let attributes: Attributes

    /// Throws ``CoreError`` with code `invalidEntry` when the parts contradict each other.
    package init(
        kind: Kind,
        content: BlobAddress,
        size: UInt64,
        manifest: BlobAddress?,
        attributes: Attributes
    ) throws(CoreError) {
        switch kind {
        case .directory:
            guard content == .zero, size == 0, manifest == nil else {
                throw CoreError(.invalidEntry, "a directory has no content, size or manifest")
            }
        case .file:
            guard size <= Limits.fileBytesMax else {
                throw CoreError(.invalidEntry, "file of \(size) bytes; at most \(Limits.fileBytesMax) are allowed")
            }
            guard (manifest != nil) == (size > UInt64(Limits.blobBytesMax)) else {
                throw CoreError(
                    .invalidEntry,
                    "a manifest is needed above \(Limits.blobBytesMax) bytes and not allowed below; size is \(size)"
                )
            }
        }
        self.init(unchecked: kind, content: content, size: size, manifest: manifest, attributes: attributes)
    }

    private init(unchecked kind: Kind, content: Digest, size: UInt64, manifest: Digest?, attributes: Attributes) {
        self.kind = kind
        self.content = content
        self.size = size
        self.manifest = manifest
        self.attributes = attributes
    }

    package static func directory(_ attributes: Attributes = Attributes()) -> Entry {
        Entry(unchecked: .directory, content: .zero, size: 0, manifest: nil, attributes: attributes)
    }

    package static func file(
        content: BlobAddress,
        size: UInt64,
        manifest: BlobAddress? = nil,
        attributes: Attributes = Attributes()
    ) throws(CoreError) -> Entry {
        try Entry(kind: .file, content: content, size: size, manifest: manifest, attributes: attributes)
    }

    package var isDirectory: Bool { self.kind == .directory }

    /// The blob that must be in the store for this entry to be readable: the manifest of a large file, else the
    /// content.
    package var blob: BlobAddress? {
        self.isDirectory ? nil : self.manifest ?? self.content
    }

    /// The same entry with other attributes.
    package func with(attributes: Attributes) -> Entry {
        Entry(
            unchecked: self.kind,
            content: self.content,
            size: self.size,
            manifest: self.manifest,
            attributes: attributes
        )
    }

    /// SHA-256 of the canonical encoding: what a precondition names.
    package func hash<H: SHA256Function>(_: H.Type) -> Digest {
        var writer = CanonicalWriter(reservingCapacity: 128)
        self.encode(into: &writer)
        return H.digest(writer.bytes)
    }

    /// `kind, [content, size, manifest flag, manifest], attributes`
    package func encode(into writer: inout CanonicalWriter) {
        writer.write(byte: self.kind.rawValue)
        if self.kind == .file {
            writer.write(self.content)
            writer.write(self.size)
            writer.write(byte: self.manifest == nil ? 0 : 1)
            if let manifest { writer.write(manifest) }
        }
        self.attributes.encode(into: &writer)
    }

    package init(from reader: inout CanonicalReader) throws(CoreError) {
        let rawKind = try reader.readByte()
        guard let kind = Kind(rawValue: rawKind) else {
            throw CoreError(.malformed, "entry of unknown kind \(rawKind)")
        }
        var content = Digest.zero
        var size: UInt64 = 0
        var manifest: Digest?
        if kind == .file {
            content = try reader.readDigest()
            size = try reader.readUInt64()
            switch try reader.readByte() {
            case 0: break
            case 1: manifest = try reader.readDigest()
            case let flag: throw CoreError(.malformed, "manifest flag \(flag)")
            }
        }
        try self.init(
            kind: kind,
            content: content,
            size: size,
            manifest: manifest,
            attributes: Attributes(from: &reader)
        )
    }

    /// Walks over an encoded entry without looking at more than its lengths; returns ``blob``, and whether it is a
    /// manifest.
    static func skip(in reader: inout CanonicalReader) throws(CoreError) -> (blob: BlobAddress, isManifest: Bool)? {
        var named: (blob: BlobAddress, isManifest: Bool)?
        if try reader.readByte() == Kind.file.rawValue {
            named = (try reader.readDigest(), false)
            _ = try reader.readUInt64()
            if try reader.readByte() != 0 { named = (try reader.readDigest(), true) }
        }
        try Attributes.skip(in: &reader)
        return named
    }
}
