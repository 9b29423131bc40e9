internal import TarnCore

/// The compact byte form of an entry inside a leaf: about half of its canonical encoding, and as unique.
///
/// `flags, [content, size, [manifest]], attributes`; flags are 1 for a file, 2 for a manifest, and 4 × the count of
/// attributes.
enum PackedEntry {
    private static let fileFlag: UInt8 = 1
    private static let manifestFlag: UInt8 = 2

    /// Appends the packed form of the entry whose canonical bytes are `canonical`.
    static func append(packing canonical: UnsafeRawBufferPointer, to out: inout [UInt8]) {
        var reader = TrustedReader(canonical)
        let flagsIndex = out.count
        var flags: UInt8 = 0
        out.append(0)
        if reader.byte() == Entry.Kind.file.rawValue {
            flags |= Self.fileFlag
            out.append(contentsOf: reader.slice(Digest.byteCount))
            Self.append(reader.integer(), to: &out)
            if reader.byte() == 1 {
                flags |= Self.manifestFlag
                out.append(contentsOf: reader.slice(Digest.byteCount))
            }
        }
        let count = reader.count()
        out[flagsIndex] = flags | UInt8(count) << 2
        for _ in 0..<count {
            let key = reader.lengthPrefixed()
            Self.append(key: key, value: reader.lengthPrefixed(), to: &out)
        }
    }

    /// Bytes of the file's content; 0 for a directory.
    static func contentBytesCount(_ packed: UnsafeRawBufferPointer) -> UInt64 {
        guard packed[0] & Self.fileFlag != 0 else { return 0 }
        var reader = TrustedReader(packed, at: 1 + Digest.byteCount)
        return reader.integer()
    }

    static func isDirectory(_ packed: UnsafeRawBufferPointer) -> Bool {
        packed[0] & Self.fileFlag == 0
    }

    /// The entry that `packed`, bytes of a node in memory, stands for.
    static func decode(_ packed: UnsafeRawBufferPointer) -> Entry {
        var reader = TrustedReader(packed)
        let flags = reader.byte()
        var content = Digest.zero
        var size: UInt64 = 0
        var manifest: Digest?
        if flags & Self.fileFlag != 0 {
            content = reader.digest()
            size = reader.integer()
            if flags & Self.manifestFlag != 0 { manifest = reader.digest() }
        }
        var pairs: [Attributes.Pair] = []
        pairs.reserveCapacity(Int(flags >> 2))
        for _ in 0..<(flags >> 2) { pairs.append(Self.pair(&reader)) }
        let attributes = Attributes(unchecked: pairs)
        if flags & Self.fileFlag == 0 { return .directory(attributes) }
        do {
            return try .file(content: content, size: size, manifest: manifest, attributes: attributes)
        } catch {
            preconditionFailure("an entry in memory does not hold together: \(error.message)")
        }
    }

    /// The canonical bytes of an entry whose packed form came from outside; whether it is the shortest form is for the
    /// caller to check by packing it again.
    static func expand(_ packed: ArraySlice<UInt8>) throws(CoreError) -> [UInt8] {
        var reader = CanonicalReader(packed)
        var writer = CanonicalWriter(reservingCapacity: packed.count + 160)
        let flags = try reader.readByte()
        let isFile = flags & Self.fileFlag != 0
        guard isFile || flags & Self.manifestFlag == 0 else {
            throw CoreError(.malformed, "a directory with a manifest")
        }
        writer.write(byte: (isFile ? Entry.Kind.file : Entry.Kind.directory).rawValue)
        if isFile {
            writer.write(try reader.readDigest())
            writer.write(try reader.readUInt64())
            writer.write(byte: flags & Self.manifestFlag == 0 ? 0 : 1)
            if flags & Self.manifestFlag != 0 { writer.write(try reader.readDigest()) }
        }
        writer.write(count: Int(flags >> 2))
        for _ in 0..<(flags >> 2) { try Self.expandPair(&reader, into: &writer) }
        try reader.expectEnd()
        return writer.bytes
    }

    private static func append(key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer, to out: inout [UInt8]) {
        guard let index = AttributeCode.keyIndex(key) else {
            out.append(AttributeCode.other)
            Self.append(UInt64(key.count), to: &out)
            out.append(contentsOf: key)
            Self.append(UInt64(value.count), to: &out)
            out.append(contentsOf: value)
            return
        }
        if let word = AttributeCode.wordIndex(key: index, value: value) {
            out.append(AttributeCode.wordBase + UInt8(word))
        } else if AttributeCode.isNumber(key: index), let number = AttributeCode.decimal(value) {
            out.append(AttributeCode.numberBase + UInt8(index))
            Self.append(number, to: &out)
        } else {
            out.append(AttributeCode.textBase + UInt8(index))
            Self.append(UInt64(value.count), to: &out)
            out.append(contentsOf: value)
        }
    }

    /// What lists show of the entry that `packed`, bytes of a node in memory, stands for.
    static func summary(_ packed: UnsafeRawBufferPointer) -> EntrySummary {
        var reader = TrustedReader(packed)
        let flags = reader.byte()
        let isFile = flags & Self.fileFlag != 0
        var size: UInt64 = 0
        if isFile {
            reader.offset += Digest.byteCount
            size = reader.integer()
            if flags & Self.manifestFlag != 0 { reader.offset += Digest.byteCount }
        }
        var summary = EntrySummary(isDirectory: !isFile, size: size)
        for _ in 0..<(flags >> 2) {
            let code = reader.byte()
            if code >= AttributeCode.wordBase {
                let word = AttributeCode.words[Int(code - AttributeCode.wordBase)]
                summary.take(word.value, at: word.key)
            } else if code >= AttributeCode.numberBase {
                summary.take(reader.integer(), at: Int(code - AttributeCode.numberBase))
            } else if code == AttributeCode.other {
                _ = reader.lengthPrefixed()
                _ = reader.lengthPrefixed()
            } else {
                let text = String(decoding: reader.lengthPrefixed(), as: UTF8.self)
                summary.take(text, at: Int(code - AttributeCode.textBase))
            }
        }
        return summary
    }

    private static func pair(_ reader: inout TrustedReader) -> Attributes.Pair {
        let code = reader.byte()
        if code >= AttributeCode.wordBase {
            let word = AttributeCode.words[Int(code - AttributeCode.wordBase)]
            return Attributes.Pair(key: AttributeCode.keys[word.key], value: word.value)
        }
        if code >= AttributeCode.numberBase {
            let key = AttributeCode.keys[Int(code - AttributeCode.numberBase)]
            return Attributes.Pair(key: key, value: String(reader.integer()))
        }
        let key =
            code == AttributeCode.other
            ? String(decoding: reader.lengthPrefixed(), as: UTF8.self)
            : AttributeCode.keys[Int(code - AttributeCode.textBase)]
        return Attributes.Pair(key: key, value: String(decoding: reader.lengthPrefixed(), as: UTF8.self))
    }

    private static func expandPair(
        _ reader: inout CanonicalReader,
        into writer: inout CanonicalWriter
    ) throws(CoreError) {
        let code = try reader.readByte()
        if code >= AttributeCode.wordBase {
            let index = Int(code - AttributeCode.wordBase)
            guard index < AttributeCode.words.count else {
                throw CoreError(.malformed, "attribute of unknown code \(code)")
            }
            writer.write(AttributeCode.keys[AttributeCode.words[index].key])
            writer.write(AttributeCode.words[index].value)
        } else if code >= AttributeCode.numberBase {
            writer.write(AttributeCode.keys[Int(code - AttributeCode.numberBase)])
            writer.write(String(try reader.readUInt64()))
        } else {
            if code == AttributeCode.other {
                writer.write(bytes: Array(try reader.readBytes(max: Limits.attributesBytesMax)))
            } else {
                writer.write(AttributeCode.keys[Int(code - AttributeCode.textBase)])
            }
            writer.write(bytes: Array(try reader.readBytes(max: Limits.attributesBytesMax)))
        }
    }

    /// Appends an integer as the canonical encoding has it: LEB128 in its shortest form.
    static func append(_ value: UInt64, to out: inout [UInt8]) {
        var rest = value
        while rest >= 0x80 {
            out.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        out.append(UInt8(truncatingIfNeeded: rest))
    }
}
