/// How much the bearer of a token may ask of one node.
package struct TokenLimits: Hashable, Sendable {
    /// Requests a second, with a burst of as many; nil for any number.
    package let requestsPerSecond: Int?
    /// Requests in flight, and so connections in use; nil for any number.
    package let concurrency: Int?

    package init(requestsPerSecond: Int? = nil, concurrency: Int? = nil) {
        self.requestsPerSecond = requestsPerSecond
        self.concurrency = concurrency
    }

    /// Whether nothing is limited.
    package var isEmpty: Bool { self.requestsPerSecond == nil && self.concurrency == nil }
}
