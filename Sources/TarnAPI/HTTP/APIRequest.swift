internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import TarnCore
internal import TarnNode

/// A request on its way to a route's handler: target split, bearer known, request id settled.
struct APIRequest: Sendable {
    var http: Request
    let query: QueryParameters
    /// What the route's pattern left open, still percent-encoded: the one segment of `{}`, or all that `**` stands for.
    let rest: [UInt8]
    /// What each `{}` before the pattern's last segment stands for, still percent-encoded.
    var captures: [[UInt8]] = []
    /// The workspace that the URL's prefix `/w/<name>` chooses.
    var workspace: String?
    /// The client's own request id, or one that this node made.
    let id: TarnCore.RequestID
    /// Nil on routes that need no token.
    let principal: Principal?
    let logger: Logger
    /// Held as long as the answer is being made, streamed bodies included; nil on routes that are always answered.
    var permit: RequestPermit?
    /// What was granted to a request that reads.
    var read: ReadGrant?

    var method: HTTPRequest.Method { self.http.method }
    var headers: HTTPFields { self.http.headers }

    /// The author of what this request writes.
    var author: String { self.principal?.name ?? "" }

    /// The decoded path behind `**`; an empty one is the root. Throws ``Problem`` or ``CoreError``.
    func path() throws -> NamespacePath {
        try Self.path(self.rest)
    }

    static func path(_ rest: [UInt8]) throws -> NamespacePath {
        guard let bytes = PercentDecoding.decode(rest) else {
            throw Problem(.invalidRequest, "the path's percent-encoding is broken")
        }
        return bytes.isEmpty ? .root : try NamespacePath(utf8: bytes)
    }

    /// The decoded segment behind `{}`.
    func parameter() throws(Problem) -> String {
        guard let bytes = PercentDecoding.decode(self.rest), let text = String(validating: bytes, as: UTF8.self) else {
            throw Problem(.invalidRequest, "the path's percent-encoding is broken")
        }
        return text
    }

    /// The digest that the segment behind `{}` spells.
    func digest() throws(Problem) -> Digest {
        guard let digest = Digest(hex: String(decoding: self.rest, as: UTF8.self)) else {
            throw Problem(
                .invalidRequest,
                "'\(String(decoding: self.rest, as: UTF8.self))' is not a SHA-256: 64 hex digits are expected"
            )
        }
        return digest
    }

    /// The whole body, at most `max` bytes. Throws ``Problem`` `TOO_LARGE`, before reading anything when the length is
    /// announced, `RATE_LIMITED` when the node holds too many bodies already, and 408 for a body that trickles.
    func body(max: Int) async throws -> [UInt8] {
        try self.checkAnnouncedLength(max: UInt64(max))
        var bytes: [UInt8] = []
        var pace = BodyPace()
        bytes.reserveCapacity(min(self.announcedLength.map(Int.init(clamping:)) ?? 0, max))
        for try await buffer in self.http.body {
            guard bytes.count + buffer.readableBytes <= max else { throw Self.tooLarge(max: UInt64(max)) }
            try self.permit?.reserve(bodyBytes: buffer.readableBytes)
            try pace.note(bytes: buffer.readableBytes)
            bytes.append(contentsOf: buffer.readableBytesView)
        }
        return bytes
    }

    var announcedLength: UInt64? {
        self.headers[.contentLength].flatMap { UInt64($0) }
    }

    /// Whether at least one byte of a body is to be expected.
    var hasBody: Bool {
        self.headers[.transferEncoding] != nil || (self.announcedLength ?? 0) > 0
    }

    func checkAnnouncedLength(max: UInt64) throws(Problem) {
        if let length = self.announcedLength, length > max { throw Self.tooLarge(max: max) }
    }

    static func tooLarge(max: UInt64) -> Problem {
        Problem(.tooLarge, "the body is larger than the \(max) bytes that this route takes")
    }
}
