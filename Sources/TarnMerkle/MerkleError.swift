package import TarnCore

/// Why stored tree nodes were rejected: they are damaged, or somebody else's.
package struct MerkleError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of damage it is.
    package enum Code: String, Sendable {
        /// Bytes that are not the one encoding of a node.
        case malformed
        /// A sound node that is not the one asked for.
        case wrongHash
        /// A node at a level where it cannot stand.
        case wrongLevel
        /// Keys that do not ascend, or a child whose last key is not the one its parent names.
        case wrongOrder
        /// A node that ends where the boundary key says it goes on, or goes on where it says it ends.
        case wrongBoundary
        /// Counts or sizes that the children contradict.
        case wrongCount
    }

    /// What kind of damage it is.
    package let code: Code
    /// The hash under which the node was asked for.
    package let node: Digest
    /// What was expected and what was found.
    package let message: String

    package init(_ code: Code, node: Digest, _ message: String) {
        self.code = code
        self.node = node
        self.message = message
    }

    package var description: String { "tree node \(self.node.hex): \(self.message)" }
}
