/// Which rows of a data file are deleted, as an `add` action describes it; the vector's own bytes are not read.
package struct DeletionVector: Hashable, Sendable {
    /// `u` (relative path, encoded), `i` (inline) or `p` (absolute path).
    package let storageType: String
    package let pathOrInline: String
    package let offset: Int64?
    package let sizeBytes: Int64
    /// Rows that the vector deletes.
    package let cardinality: Int64

    package init(storageType: String, pathOrInline: String, offset: Int64?, sizeBytes: Int64, cardinality: Int64) {
        self.storageType = storageType
        self.pathOrInline = pathOrInline
        self.offset = offset
        self.sizeBytes = sizeBytes
        self.cardinality = cardinality
    }

    /// Identifies the vector among those of one data file.
    package var uniqueID: String {
        self.storageType + self.pathOrInline + (self.offset.map { "@\($0)" } ?? "")
    }
}
