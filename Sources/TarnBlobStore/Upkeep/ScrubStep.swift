/// What one step of a scrub did.
package struct ScrubStep: Hashable, Sendable {
    /// Where the next one goes on; nil when this was the last of the pass.
    package var next: ScrubPosition?
    /// Bytes of the records that were checked.
    package var bytesCount: UInt64 = 0
    package var damages: [StoreDamage] = []
}
