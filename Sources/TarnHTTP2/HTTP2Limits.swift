/// Every bound of one end of a connection. Sizes are bytes, times are milliseconds.
package struct HTTP2Limits: Sendable {
    /// A larger request is answered with 413; a larger response fails with `tooLarge`.
    package var bodyBytesMax = 8 << 20 + 64 << 10
    /// Names, values and 32 bytes for each field.
    package var headerBytesMax = 16 << 10
    /// Requests that one connection may have open: the server's limit on requests in flight.
    package var streamsMax = 256
    /// Bodies of one connection that have arrived, in part or whole, and are not answered yet. From half of it on the
    /// other end is slowed down; what would exceed it is refused.
    package var bufferedBytesMax = 64 << 20
    package var streamWindowBytes = 16 << 20
    package var connectionWindowBytes = 32 << 20
    package var frameBytesMax = 256 << 10

    /// Connections of a server.
    package var connectionsMax = 64
    /// Requests that a client holds, sent or waiting.
    package var requestsMax = 1_024

    package var connectMilliseconds: Int64 = 3_000
    /// From the first byte of the connection to the first frame.
    package var handshakeMilliseconds: Int64 = 5_000
    /// From a request's first frame to its last.
    package var receiveMilliseconds: Int64 = 60_000
    /// From a request's last frame to its answer; then the stream is reset.
    package var answerMilliseconds: Int64 = 600_000
    /// An end that has heard nothing for this long sends a ping.
    package var pingMilliseconds: Int64 = 5_000
    /// A connection on which a ping stays unanswered for this long is dead.
    package var pingTimeoutMilliseconds: Int64 = 5_000
    /// Open requests get this long when a server stops.
    package var drainMilliseconds: Int64 = 5_000
    /// Wait after a failed connection attempt; doubled up to the maximum.
    package var backoffMillisecondsMin: Int64 = 25
    package var backoffMillisecondsMax: Int64 = 500

    package init() {}
}
