internal import TarnCore

/// The W3C trace context of a request (header `traceparent`): which trace it belongs to, and which span called.
package struct TraceContext: Hashable, Sendable {
    /// 32 hex digits.
    package let traceID: String
    /// 16 hex digits: the span that a log line or an outgoing request belongs to.
    package let spanID: String
    /// Whether the caller records the trace; then this node's log has it, too.
    package let isSampled: Bool

    private init(traceID: String, spanID: String, isSampled: Bool) {
        self.traceID = traceID
        self.spanID = spanID
        self.isSampled = isSampled
    }

    /// Reads `00-<trace id>-<span id>-<flags>`; nil for anything else, which a receiver has to ignore.
    package init?(_ header: String) {
        let parts = header.split(separator: "-", omittingEmptySubsequences: false)
        // Later versions may append fields; version 0 may not, and ff is forbidden.
        guard parts.count >= 4, parts[0] != "00" || parts.count == 4, parts[0] != "ff",
            Self.isHex(parts[0], count: 2), Self.isHex(parts[1], count: 32), Self.isHex(parts[2], count: 16),
            Self.isHex(parts[3], count: 2), let flags = UInt8(parts[3], radix: 16),
            parts[1].contains(where: { $0 != "0" }), parts[2].contains(where: { $0 != "0" })
        else { return nil }
        self.init(traceID: String(parts[1]), spanID: String(parts[2]), isSampled: flags & 1 == 1)
    }

    /// The header of a request that is made on behalf of this one.
    package var header: String { "00-\(self.traceID)-\(self.spanID)-\(self.isSampled ? "01" : "00")" }

    /// The same trace, continued by a span of this node. `random` names the span; zero is no name.
    package func child(random: UInt64) -> TraceContext {
        let digits = String(max(1, random), radix: 16)
        let padded = String(repeating: "0", count: 16 - digits.utf8.count) + digits
        return TraceContext(traceID: self.traceID, spanID: padded, isSampled: self.isSampled)
    }

    /// Lower case only, as the standard demands.
    private static func isHex(_ text: Substring, count: Int) -> Bool {
        text.utf8.count == count
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}
