/// Failed logins since the last record of them: counts only, so that whoever tries many cannot fill anything.
struct LoginFailures: Sendable {
    private static let namesMax = 8

    private(set) var count: UInt64 = 0
    private var sources: [String: UInt64] = [:]
    private var tokens: [String: UInt64] = [:]
    private var since: UInt64 = 0

    /// `tokenID` is the part of the token that is no secret, where the text was a token's.
    mutating func note(source: String, tokenID: String?, at time: UInt64) {
        if self.count == 0 { self.since = time }
        self.count += 1
        Self.note(source.isEmpty ? "unknown" : source, in: &self.sources)
        Self.note(tokenID ?? "malformed", in: &self.tokens)
    }

    /// One record of all of them.
    func record(at time: UInt64) -> AuditRecord {
        AuditRecord(
            action: "login_failure",
            author: "",
            source: self.sources.count == 1 ? self.sources.keys.first ?? "" : "",
            time: time,
            detail: [
                "count": String(self.count), "sources": Self.text(self.sources), "tokens": Self.text(self.tokens),
                "since": String(self.since),
            ]
        )
    }

    /// The first names are kept, the others are counted together.
    private static func note(_ name: String, in counts: inout [String: UInt64]) {
        counts[counts[name] != nil || counts.count < self.namesMax ? name : "others", default: 0] += 1
    }

    private static func text(_ counts: [String: UInt64]) -> String {
        counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key) ×\($0.value)" }
            .joined(separator: ", ")
    }
}
