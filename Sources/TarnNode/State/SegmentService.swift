package import TarnCore

/// A node's segments as files, for backups.
package protocol SegmentService: Sendable {
    /// Heals what is known to be damaged, ends the segments that are being written and names all that are complete, with
    /// the op up to which they surely hold the log and every blob of it, but for what could not be healed.
    func sealSegments() async throws -> SealedState
    /// Up to `count` bytes of a complete segment from `offset` on, as they lie on the disk. Throws `notFound` for one that
    /// is not here, or has another fingerprint than the list said: where the disk does not give all of it, what can be
    /// healed is brought into another one, and otherwise it has zeros there, unless that hides what the log lost.
    func segment(_ number: UInt32, fingerprint: Digest?, at offset: Int, count: Int) async throws -> [UInt8]
}
