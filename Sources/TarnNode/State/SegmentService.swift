/// A node's segments as files, for backups.
package protocol SegmentService: Sendable {
    /// Heals what is known to be damaged, ends the segments that are being written and names all that are complete, with
    /// the op up to which they surely hold the log and every blob of it, but for what could not be healed.
    func sealSegments() async throws -> SealedState
    /// Up to `count` bytes of a complete segment from `offset` on, as they lie on the disk. Throws `notFound`.
    func segment(_ number: UInt32, at offset: Int, count: Int) async throws -> [UInt8]
}
