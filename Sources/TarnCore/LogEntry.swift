/// A header with its body's canonical bytes, not decoded.
package struct LogEntry: Hashable, Sendable {
    package let header: LogHeader
    package let body: [UInt8]

    package init(header: LogHeader, body: [UInt8]) {
        self.header = header
        self.body = body
    }

    /// Whether the body is the one that the header names.
    package func isBodyValid<H: SHA256Function>(_: H.Type) -> Bool {
        UInt64(self.body.count) == self.header.bodyBytesCount && H.digest(self.body) == self.header.body
    }
}
