internal import TarnCore

/// A leaf while single entries of it change: what stays is copied as it lies there.
struct LeafEdit<H: SHA256Function> {
    private let rule: BoundaryRule
    private let closedLevels: Int
    private var records: [UInt8]
    private var hashes: [Digest]
    private var rows: HashRows?
    private var lastKey: [UInt8]
    private var contentBytesCount: UInt64

    /// Nil for a leaf without entries.
    init?(_ leaf: TreeNode, rule: BoundaryRule) {
        guard !leaf.hashes.isEmpty else { return nil }
        self.rule = rule
        self.closedLevels = leaf.closedLevels
        self.records = leaf.records
        self.hashes = leaf.hashes
        self.rows = leaf.rows
        self.lastKey = leaf.lastKey
        self.contentBytesCount = leaf.contentBytesCount
    }

    /// The leaf after the edits.
    func finish() -> TreeNode {
        TreeNode(
            records: self.records,
            hashes: self.hashes,
            rows: self.rows ?? HashRows(self.hashes, H.self),
            lastKey: self.lastKey,
            closedLevels: self.closedLevels,
            contentBytesCount: self.contentBytesCount,
            H.self
        )
    }

    /// Makes `edit`. False, and all of this is void, when the leaf would end elsewhere.
    mutating func make(_ edit: TreeEdit, _ packer: inout EntryPacker<H>) -> Bool {
        let key = edit.path.utf8
        let place = key.withUnsafeBytes { key in self.records.withUnsafeBytes { LeafPlace(of: key, in: $0) } }
        let isPresent = place.foundKey == key
        guard let entry = edit.entry else { return isPresent ? self.remove(at: place) : true }
        if isPresent {
            self.replace(at: place, with: packer.pack(entry, at: key), packer.packed)
            return true
        }
        guard self.rule.closedLevels(after: key) == 0, place.index < self.hashes.count || self.closedLevels == 0 else {
            return false
        }
        self.insert(key, at: place, packer.pack(entry, at: key), packer.packed)
        return true
    }

    private mutating func replace(at place: LeafPlace, with hash: Digest, _ packed: [UInt8]) {
        self.exchangeContent(place.packed, for: packed)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(self.records.count + packed.count + 4)
        bytes += self.records[..<place.head.upperBound]
        Self.append(packed[...], to: &bytes)
        bytes += self.records[place.record.upperBound...]
        self.records = bytes
        self.hashes[place.index] = hash
        self.rows = self.rows.map { HashRows(self.hashes, replacing: place.index, of: $0, H.self) }
    }

    private mutating func insert(_ key: [UInt8], at place: LeafPlace, _ hash: Digest, _ packed: [UInt8]) {
        self.contentBytesCount &+= packed.withUnsafeBytes { PackedEntry.contentBytesCount($0) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(self.records.count + key.count + packed.count + 16)
        bytes += self.records[..<place.record.lowerBound]
        Self.append(key[...], sharing: place.sharedCount, to: &bytes)
        Self.append(packed[...], to: &bytes)
        if place.index < self.hashes.count {
            // The key behind it has another one before it now.
            let shared = place.foundKey.withUnsafeBytes { found in
                key.withUnsafeBytes { Bytes.sharedPrefixCount($0, found) }
            }
            Self.append(place.foundKey[...], sharing: shared, to: &bytes)
            Self.append(self.records[place.packed], to: &bytes)
            bytes += self.records[place.record.upperBound...]
        } else {
            self.lastKey = key
        }
        self.records = bytes
        let count = self.hashes.count
        let (before, after) = (self.hashes[..<place.index], self.hashes[place.index...])
        // In memory of exactly its size: there are as many hashes as entries in the whole namespace.
        self.hashes = [Digest](unsafeUninitializedCapacity: count + 1) { out, initialized in
            _ = out.initialize(fromContentsOf: before)
            out.initializeElement(at: place.index, to: hash)
            _ = out[(place.index + 1)...].initialize(fromContentsOf: after)
            initialized = count + 1
        }
        self.rows = HashRows(self.hashes, older: self.rows, olderCount: count, sameCount: place.index, H.self)
    }

    /// False for the last entry: which one is the last then, and what ends after it, is for others to find out.
    private mutating func remove(at place: LeafPlace) -> Bool {
        guard place.index + 1 < self.hashes.count else { return false }
        self.exchangeContent(place.packed, for: nil)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(self.records.count + place.foundKey.count)
        bytes += self.records[..<place.record.lowerBound]
        self.records.withUnsafeBytes { records in
            var removed = TrustedReader(records, at: place.record.lowerBound)
            var next = TrustedReader(records, at: place.record.upperBound)
            // What the next key shares with the one before the removed one is what both have.
            let sharedByNext = next.count()
            let shared = min(removed.count(), sharedByNext)
            let suffix = next.lengthPrefixed()
            PackedEntry.append(UInt64(shared), to: &bytes)
            PackedEntry.append(UInt64(sharedByNext - shared + suffix.count), to: &bytes)
            bytes += place.foundKey[shared..<sharedByNext]
            bytes.append(contentsOf: suffix)
            bytes.append(contentsOf: records[next.offset...])
        }
        self.records = bytes
        let count = self.hashes.count
        self.hashes.remove(at: place.index)
        self.rows = HashRows(self.hashes, older: self.rows, olderCount: count, sameCount: place.index, H.self)
        return true
    }

    private mutating func exchangeContent(_ old: Range<Int>, for new: [UInt8]?) {
        self.contentBytesCount &-= self.records.withUnsafeBytes {
            PackedEntry.contentBytesCount(UnsafeRawBufferPointer(rebasing: $0[old]))
        }
        guard let new else { return }
        self.contentBytesCount &+= new.withUnsafeBytes { PackedEntry.contentBytesCount($0) }
    }

    private static func append(_ key: ArraySlice<UInt8>, sharing shared: Int, to out: inout [UInt8]) {
        PackedEntry.append(UInt64(shared), to: &out)
        PackedEntry.append(UInt64(key.count - shared), to: &out)
        out += key.dropFirst(shared)
    }

    private static func append(_ packed: ArraySlice<UInt8>, to out: inout [UInt8]) {
        PackedEntry.append(UInt64(packed.count), to: &out)
        out += packed
    }
}
