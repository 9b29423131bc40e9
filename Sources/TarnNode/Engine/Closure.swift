/// The blobs that a change set names, as its log header states them.
struct Closure: Hashable, Sendable {
    let count: UInt64
    /// Raw bytes in sum.
    let bytesCount: UInt64
}
