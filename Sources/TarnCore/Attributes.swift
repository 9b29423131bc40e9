/// Sorted key/value pairs of an entry, at most 1 KiB encoded.
///
/// Keys that every part of the system knows have accessors; others pass through unchanged.
package struct Attributes: Hashable, Sendable {
    /// Known keys.
    package enum Key {
        /// `notebook` for a recognised notebook; absent for a plain file.
        package static let kind = "kind"
        /// `PYTHON`, `SQL`, `SCALA` or `R`, for a notebook.
        package static let language = "language"
        /// `SOURCE` or `JUPYTER`, for a notebook.
        package static let format = "format"
        /// Assigned when the change is ordered; kept by overwrite and move.
        package static let objectID = "object_id"
        /// Microseconds since 1970 of the op that created the path.
        package static let createdAt = "created_at"
        /// Nanoseconds since 1970: the file's modification time, or else the op's time.
        package static let modifiedAt = "modified_at"
    }

    /// One attribute. Equal means equal bytes: Unicode's canonical equivalence would hide a change of the stored bytes.
    package struct Pair: Hashable, Sendable {
        package let key: String
        package let value: String

        package init(key: String, value: String) {
            self.key = key
            self.value = value
        }

        package static func == (left: Pair, right: Pair) -> Bool {
            Bytes.areEqual(left.key, right.key) && Bytes.areEqual(left.value, right.value)
        }

        package func hash(into hasher: inout Hasher) {
            for text in [self.key, self.value] {
                for byte in text.utf8 { hasher.combine(byte) }
                hasher.combine(UInt8(0xff))
            }
        }
    }

    /// Sorted by the bytes of the key; keys are unique.
    package private(set) var pairs: [Pair]

    package init() {
        self.pairs = []
    }

    /// Throws ``CoreError`` with code `invalidEntry` when the pairs do not fit their limits.
    package init(_ values: [String: String]) throws(CoreError) {
        self.pairs = values.map { Pair(key: $0.key, value: $0.value) }
            .sorted { Bytes.isLess($0.key, $1.key) }
        try self.check()
    }

    /// For pairs that were part of an entry before: sorted by the bytes of the key, unique, within their limits.
    package init(unchecked pairs: [Pair]) {
        self.pairs = pairs
    }

    package subscript(key: String) -> String? {
        get { self.pairs.first { Bytes.areEqual($0.key, key) }?.value }
        set {
            let index = self.pairs.firstIndex { !Bytes.isLess($0.key, key) } ?? self.pairs.endIndex
            let isPresent = index < self.pairs.endIndex && Bytes.areEqual(self.pairs[index].key, key)
            switch (newValue, isPresent) {
            case (let value?, true): self.pairs[index] = Pair(key: key, value: value)
            case (let value?, false): self.pairs.insert(Pair(key: key, value: value), at: index)
            case (nil, true): self.pairs.remove(at: index)
            case (nil, false): break
            }
        }
    }

    package var objectID: UInt64? { self[Key.objectID].flatMap { UInt64($0) } }
    package var createdAtMicroseconds: UInt64? { self[Key.createdAt].flatMap { UInt64($0) } }
    package var modifiedAtNanoseconds: UInt64? { self[Key.modifiedAt].flatMap { UInt64($0) } }
    package var isNotebook: Bool { self[Key.kind] == "notebook" }

    /// Throws ``CoreError`` with code `invalidEntry` when a pair is empty or all of them exceed their limit.
    package func check() throws(CoreError) {
        guard self.pairs.count <= Limits.attributeCountMax else {
            throw CoreError(
                .invalidEntry,
                "\(self.pairs.count) attributes; at most \(Limits.attributeCountMax) are allowed"
            )
        }
        var total = 0
        for pair in self.pairs {
            guard !pair.key.isEmpty else { throw CoreError(.invalidEntry, "an attribute needs a name") }
            total += pair.key.utf8.count + pair.value.utf8.count
        }
        guard total <= Limits.attributesBytesMax else {
            throw CoreError(
                .invalidEntry,
                "attributes of \(total) bytes; at most \(Limits.attributesBytesMax) are allowed"
            )
        }
    }

    /// `count, (key, value)…` in key order.
    package func encode(into writer: inout CanonicalWriter) {
        writer.write(count: self.pairs.count)
        for pair in self.pairs {
            writer.write(pair.key)
            writer.write(pair.value)
        }
    }

    package init(from reader: inout CanonicalReader) throws(CoreError) {
        let count = try reader.readCount(max: Limits.attributeCountMax)
        self.pairs = []
        self.pairs.reserveCapacity(count)
        for _ in 0..<count {
            let key = try reader.readString(max: Limits.attributesBytesMax)
            let value = try reader.readString(max: Limits.attributesBytesMax)
            if let last = self.pairs.last, !Bytes.isLess(last.key, key) {
                throw CoreError(.malformed, "attributes are not sorted")
            }
            self.pairs.append(Pair(key: key, value: value))
        }
        try self.check()
    }

    /// Walks over encoded attributes without looking at more than their lengths.
    static func skip(in reader: inout CanonicalReader) throws(CoreError) {
        let count = try reader.readCount(max: Limits.attributeCountMax)
        for _ in 0..<2 * count { try reader.skipBytes(max: Limits.attributesBytesMax) }
    }
}
