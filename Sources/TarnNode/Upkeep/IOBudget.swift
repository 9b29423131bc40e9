/// Spreads work in the background over time, so that it takes no more than its share of the disk.
struct IOBudget: Sendable {
    let bytesPerSecond: Double

    /// Rests as long as `bytesCount` bytes may take. Throws when the task is cancelled.
    func rest(after bytesCount: UInt64) async throws {
        try await Task.sleep(for: .seconds(Double(bytesCount) / self.bytesPerSecond))
    }
}
