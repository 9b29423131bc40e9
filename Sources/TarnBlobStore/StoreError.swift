package import TarnCore

/// Why the store did not do what was asked, naming the blob when there is one.
package struct StoreError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// Nothing of that name is here.
        case notFound
        /// It was here and cannot be read any more: fetch it from a peer and put it again.
        case corrupt
        /// What was handed in is not what it claims to be, or over a limit.
        case invalid
        /// A difference was handed in whose base is not here: send the base first, or the blob whole.
        case missingBase
        /// The disk is full but for the reserve; log records are still accepted.
        case noSpace
        /// The disk failed twice in a row: nothing is written any more.
        case readOnly
        /// More is under way than the store takes at a time; try again.
        case overloaded
        /// The data folder belongs to another cluster or datacentre, or another node is running on it.
        case wrongStore
        case closed
        /// The file system refused.
        case storage
    }

    package let code: Code
    package let message: String
    package let address: BlobAddress?

    package init(_ code: Code, _ message: String, address: BlobAddress? = nil) {
        self.code = code
        self.message = message
        self.address = address
    }

    /// Whether the same call may succeed later without anyone's help.
    package var isRetryable: Bool { self.code == .overloaded || self.code == .noSpace }

    package var description: String { self.message }

    static func notFound(_ address: BlobAddress) -> StoreError {
        StoreError(.notFound, "blob \(address) is not here", address: address)
    }

    static func missingBase(_ base: BlobAddress, of address: BlobAddress) -> StoreError {
        StoreError(.missingBase, "blob \(address) needs blob \(base), which is not here", address: base)
    }

    static func corrupt(_ address: BlobAddress, _ reason: String) -> StoreError {
        StoreError(.corrupt, "blob \(address) is damaged: \(reason)", address: address)
    }
}
