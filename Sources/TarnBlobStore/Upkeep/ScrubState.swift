/// How far the scrub that never ends has got; kept over restarts.
package struct ScrubState: Hashable, Sendable {
    package var position = ScrubPosition.start
    /// Seconds since 1970; 0 before the first pass.
    package var passStartedAt: UInt32 = 0
    /// Bytes that the pass has checked so far.
    package var passBytesCount: UInt64 = 0
    /// When the last whole pass ended; 0 for never.
    package var lastCompletedAt: UInt32 = 0

    package init() {}
}
