internal import Synchronization

/// How fast blobs were fetched lately.
final class TransferRate: Sendable {
    /// What is smaller tells of the round trip, not of the rate.
    private static let sampleBytesMin = 256 << 10
    /// How much of the newest sample the rate takes in.
    private static let newestShare = 0.25
    private let smoothed: Mutex<Double?> = Mutex(nil)

    /// Nil before anything large enough was fetched.
    var bytesPerSecond: Double? { self.smoothed.withLock { $0 } }

    /// Takes in one fetch.
    func note(bytesCount: Int, nanoseconds: UInt64) {
        guard bytesCount >= Self.sampleBytesMin, nanoseconds > 0 else { return }
        let sample = Double(bytesCount) * 1_000_000_000 / Double(nanoseconds)
        self.smoothed.withLock { rate in
            rate = rate.map { $0 * (1 - Self.newestShare) + sample * Self.newestShare } ?? sample
        }
    }
}
