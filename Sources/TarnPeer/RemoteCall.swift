/// gRPC's mapping of unary calls to HTTP/2: path, length-prefixed message, status in the trailers.
enum RemoteCall {
    /// The status codes that are used here, by their numbers in gRPC.
    enum Status: Int {
        case ok = 0
        case invalidArgument = 3
        case deadlineExceeded = 4
        case resourceExhausted = 8
        case unimplemented = 12
        case internalError = 13
        case unavailable = 14
        case unauthenticated = 16
    }

    static let contentType = "application/grpc"
    static let deliverPath = "/tarn.peer.v1.Control/Deliver"
    static let gossipPath = "/tarn.peer.v1.Control/Gossip"

    /// `message` behind its prefix: not compressed, length in four bytes.
    static func framed(_ message: [UInt8]) -> [UInt8] {
        var frame: [UInt8] = []
        frame.reserveCapacity(message.count + self.prefixBytesCount)
        frame.append(0)
        let count = UInt32(message.count)
        for shift in stride(from: 24, through: 0, by: -8) {
            frame.append(UInt8(truncatingIfNeeded: count >> UInt32(shift)))
        }
        frame.append(contentsOf: message)
        return frame
    }

    /// The one message of a unary body. Throws `malformed` for none, more than one or half of one, `unsupported` for a
    /// compressed one.
    static func message(in body: [UInt8]) throws(PeerError) -> [UInt8] {
        guard body.count >= self.prefixBytesCount else {
            throw PeerError(.malformed, "a call without a message: \(body.count) bytes")
        }
        guard body[0] == 0 else { throw PeerError(.unsupported, "compressed messages are not understood here") }
        let count = body[1..<5].reduce(0) { $0 << 8 | Int($1) }
        guard body.count - self.prefixBytesCount == count else {
            throw PeerError(
                .malformed,
                "a message of \(count) bytes was announced and \(body.count - self.prefixBytesCount) bytes came"
            )
        }
        return Array(body[self.prefixBytesCount...])
    }

    /// Text as gRPC puts it into a header: ASCII, the rest and '%' percent-encoded.
    static func encoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var out: [UInt8] = []
        for byte in text.utf8.prefix(self.messageBytesMax) {
            if (0x20...0x7e).contains(byte), byte != UInt8(ascii: "%") {
                out.append(byte)
            } else {
                out.append(contentsOf: [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]])
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    private static let prefixBytesCount = 5
    private static let messageBytesMax = 1_024
}
