internal import Glibc

/// The time by which the store tells what was used lately from what was not.
package enum StoreClock {
    /// Seconds since 1970.
    @Sendable
    package static func seconds() -> UInt32 {
        UInt32(clamping: time(nil))
    }
}
