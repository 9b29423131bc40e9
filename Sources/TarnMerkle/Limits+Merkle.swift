internal import TarnCore

extension Limits {
    /// Bytes of attributes that the system may add to an entry: three names, and values of up to 20 digits.
    package static let assignedAttributesBytesMax =
        Attributes.Key.objectID.utf8.count + Attributes.Key.createdAt.utf8.count + Attributes.Key.modifiedAt.utf8.count
        + 3 * 20
    /// How many attributes those are.
    package static let assignedAttributeCount = 3
    /// What the members of one stored node may take in memory. Keys are written as differences, so bytes from outside
    /// could stand for a thousand times as many; a node that grew by chance takes a thousandth of this.
    package static let nodeExpandedBytesMax = 64 << 20
    /// Edits that are tried in place. One in 32 new keys ends a leaf; more edits than this seldom leave all ends alone.
    static let editsInPlaceMax = 8
    /// Entries of a moving subtree that are held in memory at once.
    package static let subtreeMoveBatchCount = 8_192
}

extension Limits {
    /// What an entry takes in an answer of a comparison beside its path, about.
    static let comparisonEntryBytes = 160
    /// Ranges of one message of a comparison.
    package static let comparisonRangesMax = 131_072
}
