/// The period in which a certificate is accepted.
package struct CertificateValidity: Hashable, Sendable {
    /// Seconds since 1970.
    package let startSeconds: Int64
    package let seconds: Int64

    /// `days` from `startSeconds` on; begin an hour in the past where clocks may differ. Throws `invalidRequest`.
    package init(startSeconds: Int64, days: Int) throws(CryptoError) {
        guard (1...Self.daysMax).contains(days), (0...Self.startSecondsMax).contains(startSeconds) else {
            throw CryptoError(.invalidRequest, "a certificate is valid for 1 to \(Self.daysMax) days, not \(days)")
        }
        self.startSeconds = startSeconds
        self.seconds = Int64(days) * 86_400
    }

    private static let daysMax = 36_500
    /// The year 9000: dates in certificates end with 9999.
    private static let startSecondsMax: Int64 = 221_845_392_000
}
