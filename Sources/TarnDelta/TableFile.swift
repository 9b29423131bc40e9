/// A data file of a table's snapshot.
package struct TableFile: Hashable, Sendable {
    /// What identifies a file in a table: the same path with another deletion vector is another file.
    package struct Key: Hashable, Sendable {
        /// Decoded, relative to the table's directory unless the log says otherwise.
        package let path: String
        /// ``DeletionVector/uniqueID``, or nil.
        package let deletionVectorID: String?

        package init(path: String, deletionVectorID: String?) {
            self.path = path
            self.deletionVectorID = deletionVectorID
        }
    }

    package struct PartitionValue: Hashable, Sendable {
        package let column: String
        /// Nil for the null partition.
        package let value: String?

        package init(column: String, value: String?) {
            self.column = column
            self.value = value
        }
    }

    /// Decoded, relative to the table's directory unless the log says otherwise.
    package let path: String
    /// Bytes.
    package let size: Int64
    /// Sorted by column.
    package let partitionValues: [PartitionValue]
    /// Milliseconds since 1970.
    package let modificationTimeMilliseconds: Int64
    /// Rows in the file, deleted ones included, when the writer kept statistics.
    package let recordCount: Int64?
    package let deletionVector: DeletionVector?

    package init(
        path: String,
        size: Int64,
        partitionValues: [PartitionValue],
        modificationTimeMilliseconds: Int64,
        recordCount: Int64?,
        deletionVector: DeletionVector?
    ) {
        self.path = path
        self.size = size
        self.partitionValues = partitionValues
        self.modificationTimeMilliseconds = modificationTimeMilliseconds
        self.recordCount = recordCount
        self.deletionVector = deletionVector
    }

    package var key: Key { Key(path: self.path, deletionVectorID: self.deletionVector?.uniqueID) }
}
