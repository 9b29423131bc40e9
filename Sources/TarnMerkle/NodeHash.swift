internal import TarnCore

/// The hashes of the tree (`ops/formats/merkle-index.md`): what is written before what, and with which prefix.
///
/// The functions are generic and the type is not: a generic type's metadata would be looked up for every hash.
enum NodeHash {
    private static let leafPrefix: UInt8 = 0x00
    private static let innerPrefix: UInt8 = 0x01
    private static let nodePrefix: UInt8 = 0x02

    /// The bytes that ``entry(message:)`` hashes: `0x00, path, entry`. The entry's canonical bytes are the end of
    /// `writer`.
    ///
    /// Returns the offset at which the entry begins.
    static func writeMessage(path: [UInt8], entry: Entry, into writer: inout CanonicalWriter) -> Int {
        writer.write(byte: self.leafPrefix)
        writer.write(bytes: path)
        let start = writer.count
        entry.encode(into: &writer)
        return start
    }

    /// The hash of an entry, given as its canonical bytes, at its path.
    static func entry<H: SHA256Function>(
        path: [UInt8],
        canonical: [UInt8],
        using writer: inout CanonicalWriter,
        _: H.Type
    ) -> Digest {
        writer.removeAll()
        writer.write(byte: self.leafPrefix)
        writer.write(bytes: path)
        writer.write(raw: canonical)
        return H.digest(writer.bytes)
    }

    /// The hash of an entry at its path.
    static func entry<H: SHA256Function>(path: [UInt8], entry: Entry, _: H.Type) -> Digest {
        var writer = CanonicalWriter(reservingCapacity: path.count + 256)
        _ = self.writeMessage(path: path, entry: entry, into: &writer)
        return H.digest(writer.bytes)
    }

    /// The hash of a node as it stands in its parent: `0x00, H(last key), node hash, entries, bytes`, numbers as 8
    /// big-endian bytes.
    static func child<H: SHA256Function>(
        lastKeyHash: Digest,
        digest: Digest,
        entryCount: UInt64,
        contentBytesCount: UInt64,
        _: H.Type
    ) -> Digest {
        withUnsafeTemporaryAllocation(byteCount: 1 + 2 * Digest.byteCount + 16, alignment: 8) { message in
            message[0] = self.leafPrefix
            lastKeyHash.write(to: UnsafeMutableRawBufferPointer(rebasing: message[1...]))
            digest.write(to: UnsafeMutableRawBufferPointer(rebasing: message[(1 + Digest.byteCount)...]))
            let numbers = 1 + 2 * Digest.byteCount
            message.storeBytes(of: entryCount.bigEndian, toByteOffset: numbers, as: UInt64.self)
            message.storeBytes(of: contentBytesCount.bigEndian, toByteOffset: numbers + 8, as: UInt64.self)
            return H.digest(UnsafeRawBufferPointer(message))
        }
    }

    /// The hash of a node: `0x02, level, count, tree hash`.
    static func node<H: SHA256Function>(level: Int, count: Int, tree: Digest, _: H.Type) -> Digest {
        var writer = CanonicalWriter(reservingCapacity: 48)
        writer.write(byte: self.nodePrefix)
        writer.write(byte: UInt8(level))
        writer.write(count: count)
        writer.write(tree)
        return H.digest(writer.bytes)
    }

    /// The RFC 6962 tree hash over hashes of entries or children; SHA-256 of nothing for none.
    ///
    /// Pairs are joined level by level and an odd one moves up as it is, which splits at the largest power of two below
    /// the count.
    static func tree<H: SHA256Function>(_ hashes: ArraySlice<Digest>, _: H.Type) -> Digest {
        guard hashes.count > 1 else { return hashes.first ?? H.digest([]) }
        return withUnsafeTemporaryAllocation(of: Digest.self, capacity: (hashes.count + 1) / 2) { row in
            hashes.withUnsafeBufferPointer { self.join($0, into: row.baseAddress, H.self) }
            var count = (hashes.count + 1) / 2
            while count > 1 {
                self.join(UnsafeBufferPointer(rebasing: row[..<count]), into: row.baseAddress, H.self)
                count = (count + 1) / 2
            }
            return row[0]
        }
    }

    /// The hash of two neighbours in the tree hash: `0x01, left, right`.
    static func pair<H: SHA256Function>(_ left: Digest, _ right: Digest, _: H.Type) -> Digest {
        withUnsafeTemporaryAllocation(byteCount: 1 + 2 * Digest.byteCount, alignment: 8) { message in
            message[0] = self.innerPrefix
            left.write(to: UnsafeMutableRawBufferPointer(rebasing: message[1...]))
            right.write(to: UnsafeMutableRawBufferPointer(rebasing: message[(1 + Digest.byteCount)...]))
            return H.digest(UnsafeRawBufferPointer(message))
        }
    }

    /// Joins neighbours of `row`; `out` may be the start of `row`, as each result is written behind what was read.
    private static func join<H: SHA256Function>(
        _ row: UnsafeBufferPointer<Digest>,
        into out: UnsafeMutablePointer<Digest>?,
        _: H.Type
    ) {
        guard let out else { return }
        var index = 0
        while index + 1 < row.count {
            (out + index / 2).initialize(to: self.pair(row[index], row[index + 1], H.self))
            index += 2
        }
        if index < row.count { (out + index / 2).initialize(to: row[index]) }
    }
}
