internal import HTTPTypes

extension HTTPField.Name {
    /// Op of the state that was read or written.
    static let tarnOp = Self.known("Tarn-Op")
    /// Root of the state that was read or written.
    static let tarnRoot = Self.known("Tarn-Root")
    /// `<client>/<number>`: the same request commits at most once.
    static let tarnRequest = Self.known("Tarn-Request")
    /// The op that a read must not be older than.
    static let tarnAtLeast = Self.known("Tarn-At-Least")
    /// Which level of reading was served.
    static let tarnRead = Self.known("Tarn-Read")
    /// Whatever was acknowledged longer than so many milliseconds before the answer is in it; or `unknown`.
    static let tarnStaleAtMost = Self.known("Tarn-Stale-At-Most")
    /// Set on a request that one node passed to another, so that it is not passed on again.
    static let tarnForwardedBy = Self.known("Tarn-Forwarded-By")
    /// The client's address and a code that only a node can make, on a request that was passed on.
    static let tarnForwardedFor = Self.known("Tarn-Forwarded-For")
    static let tarnNewBlobs = Self.known("Tarn-New-Blobs")
    static let tarnNewBytes = Self.known("Tarn-New-Bytes")
    /// Nanoseconds since 1970.
    static let tarnModifiedAt = Self.known("X-Tarn-Modified-At")

    /// The W3C trace context.
    static let traceParent = Self.known("traceparent")

    private static func known(_ text: String) -> Self {
        guard let name = Self(text) else { preconditionFailure("'\(text)' is not a header's name") }
        return name
    }
}
