/// Who asked, and the asker's own number for it: the same request commits at most once (header `Tarn-Request:
/// <client>/<n>`).
package struct RequestID: Hashable, Sendable, CustomStringConvertible {
    /// `[A-Za-z0-9._-]{1,32}`.
    package let client: String
    package let number: UInt64

    /// Throws ``CoreError`` with code `invalidRequest` when `client` is not a client's name.
    package init(client: String, number: UInt64) throws(CoreError) {
        let legal = client.utf8.allSatisfy {
            (0x61...0x7a).contains($0) || (0x41...0x5a).contains($0) || (0x30...0x39).contains($0)
                || $0 == 0x2d || $0 == 0x2e || $0 == 0x5f
        }
        guard legal, (1...Limits.clientNameBytesMax).contains(client.utf8.count) else {
            throw CoreError(
                .invalidRequest,
                "client name '\(client)' must be 1 to \(Limits.clientNameBytesMax) characters of a-z, A-Z, 0-9, '.', '_' and '-'"
            )
        }
        self.client = client
        self.number = number
    }

    /// Reads `<client>/<n>`.
    package init(_ text: String) throws(CoreError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let number = UInt64(parts[1]) else {
            throw CoreError(.invalidRequest, "request '\(text)' is not '<client>/<number>'")
        }
        try self.init(client: String(parts[0]), number: number)
    }

    package var description: String { "\(self.client)/\(self.number)" }
}
