internal import TarnCore

extension Limits {
    /// Bytes of attributes that the system may add to an entry: three names, and values of up to 20 digits.
    package static let assignedAttributesBytesMax =
        Attributes.Key.objectID.utf8.count + Attributes.Key.createdAt.utf8.count + Attributes.Key.modifiedAt.utf8.count
        + 3 * 20
    /// How many attributes those are.
    package static let assignedAttributeCount = 3
    /// Entries of a moving subtree that are held in memory at once.
    package static let subtreeMoveBatchCount = 8_192
}
