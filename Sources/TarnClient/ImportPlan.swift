package import TarnCore

/// What an import has to do, found without reading a file.
package struct ImportPlan: Sendable {
    /// What the target holds where a file is to be read: an equal content need not be sent.
    package struct Known: Hashable, Sendable {
        package let content: BlobAddress
        package let size: UInt64
        package let modifiedNanoseconds: UInt64
    }

    package struct Read: Sendable {
        /// Index in ``SourceTree/items``.
        package let index: Int
        package let known: Known?
    }

    /// Something in the target that the source does not have.
    package struct Deletion: Hashable, Sendable {
        /// Relative to the target.
        package let path: [UInt8]
        package let isDirectory: Bool
        package let content: BlobAddress
        package let size: UInt64
        package let modifiedNanoseconds: UInt64
        /// Whether a folder that is deleted too stands above it.
        package let isBelowDeleted: Bool
    }

    /// Indexes of folders that the target lacks.
    package var directories: [Int] = []
    package var reads: [Read] = []
    /// What stands in the way of something of another kind; deleted first.
    package var replacements: [Deletion] = []
    /// Deleted last.
    package var deletions: [Deletion] = []
    /// Files whose stamp says that they are as the target has them.
    package var unchangedCount = 0
    /// What the target holds beside the source's files and is left alone.
    package var extraCount = 0
    package var problems = ProblemList()
    /// By index: whether the target has the item as it is in the source.
    package var isInTarget: [Bool] = []
    /// By index: the content, where ``isInTarget`` says so and it is a file.
    package var contents: [BlobAddress] = []

    package init() {}

    /// Paths that the deletions name when those below a deleted folder are left out.
    package var deletionRoots: [Deletion] { self.deletions.filter { !$0.isBelowDeleted } }
}
