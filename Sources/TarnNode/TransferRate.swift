internal import Synchronization

/// How fast blobs were fetched lately.
final class TransferRate: Sendable {
    /// What is smaller tells of the round trip, not of the rate.
    private static let sampleBytesMin = 256 << 10
    private let smoothed: Mutex<Double?> = Mutex(nil)

    /// Nil before anything large enough was fetched.
    var bytesPerSecond: Double? { self.smoothed.withLock { $0 } }

    /// Takes in one fetch: a quarter of the newest sample.
    func note(bytesCount: Int, nanoseconds: UInt64) {
        guard bytesCount >= Self.sampleBytesMin, nanoseconds > 0 else { return }
        let sample = Double(bytesCount) * 1_000_000_000 / Double(nanoseconds)
        self.smoothed.withLock { rate in rate = rate.map { $0 * 0.75 + sample * 0.25 } ?? sample }
    }
}
