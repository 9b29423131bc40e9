internal import TarnCore

/// The attributes that the system gives an entry: object id, creation time and modification time.
struct EntryStamp {
    /// The op that is applied.
    let op: Op
    /// Its time, in microseconds since 1970.
    let timestampMicroseconds: UInt64

    /// `entry` as it is stored over `present`: with a new identity when there was nothing, else with the old one.
    func stamped(_ entry: Entry, over present: Entry?, index: Int) -> Entry {
        typealias Key = Attributes.Key
        var attributes = entry.attributes
        attributes[Key.objectID] =
            present?.attributes[Key.objectID]
            ?? String(self.op.number &* UInt64(Limits.changesPerSetMax) &+ UInt64(index))
        attributes[Key.createdAt] = present?.attributes[Key.createdAt] ?? String(self.timestampMicroseconds)
        if attributes[Key.modifiedAt] == nil {
            attributes[Key.modifiedAt] = String(Self.nanoseconds(self.timestampMicroseconds))
        }
        return entry.with(attributes: attributes)
    }

    /// `entry` without what only the system may say, or a complaint about the attributes.
    static func stripped(_ entry: Entry) throws(CoreError) -> Entry {
        typealias Key = Attributes.Key
        var attributes = entry.attributes
        if attributes.pairs.contains(where: { $0.key == Key.objectID || $0.key == Key.createdAt }) {
            attributes[Key.objectID] = nil
            attributes[Key.createdAt] = nil
        }
        if let text = attributes[Key.modifiedAt] {
            guard let number = UInt64(text), String(number) == text else {
                throw CoreError(.invalidEntry, "\(Key.modifiedAt) '\(text)' is not a count of nanoseconds since 1970")
            }
        }
        let own = attributes.pairs.lazy.filter { $0.key != Key.modifiedAt }
        let bytes = own.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
        guard bytes + Limits.assignedAttributesBytesMax <= Limits.attributesBytesMax,
            own.count + Limits.assignedAttributeCount <= Limits.attributeCountMax
        else {
            let bytesMax = Limits.attributesBytesMax - Limits.assignedAttributesBytesMax
            let countMax = Limits.attributeCountMax - Limits.assignedAttributeCount
            throw CoreError(
                .invalidEntry,
                "\(own.count) attributes of \(bytes) bytes; beside those of the system there is room for \(countMax) of "
                    + "\(bytesMax) bytes"
            )
        }
        return entry.with(attributes: attributes)
    }

    /// Whether putting `entry` over `present` would change nothing that counts at `path`.
    ///
    /// A modification time alone counts under `/tables` and `/volumes`, where readers take commit times from it.
    static func isSame(_ entry: Entry, as present: Entry, at path: NamespacePath) -> Bool {
        guard entry.kind == present.kind, entry.content == present.content, entry.size == present.size,
            entry.manifest == present.manifest,
            Self.own(entry).elementsEqual(Self.own(present))
        else { return false }
        guard Self.timeCountingRoots.contains(where: { $0.isAncestor(of: path) }),
            let modifiedAt = entry.attributes[Attributes.Key.modifiedAt]
        else { return true }
        return modifiedAt == present.attributes[Attributes.Key.modifiedAt]
    }

    /// Saturates in the year 2554.
    static func nanoseconds(_ microseconds: UInt64) -> UInt64 {
        let (product, isOver) = microseconds.multipliedReportingOverflow(by: 1_000)
        return isOver ? .max : product
    }

    private static let timeCountingRoots = [NamespacePath.tables, .volumes]
    private static let assignedKeys = [Attributes.Key.objectID, Attributes.Key.createdAt, Attributes.Key.modifiedAt]

    private static func own(_ entry: Entry) -> some Sequence<Attributes.Pair> {
        entry.attributes.pairs.lazy.filter { !Self.assignedKeys.contains($0.key) }
    }
}
