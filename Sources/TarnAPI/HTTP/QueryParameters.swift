internal import TarnCore
internal import TarnNode

/// The parameters behind the `?` of a request, decoded on demand: most requests have none.
struct QueryParameters: Sendable {
    private let pairs: [(name: String, value: String)]

    /// Throws ``Problem`` `INVALID_REQUEST` for a broken percent-encoding or text that is not UTF-8.
    init(_ query: Substring) throws(Problem) {
        guard !query.isEmpty else {
            self.pairs = []
            return
        }
        var pairs: [(name: String, value: String)] = []
        for part in query.utf8.split(separator: 0x26) {
            let equals = part.firstIndex(of: 0x3d) ?? part.endIndex
            let value = equals == part.endIndex ? part[equals...] : part[part.index(after: equals)...]
            pairs.append((name: try Self.decode(part[..<equals]), value: try Self.decode(value)))
        }
        self.pairs = pairs
    }

    /// The first value that the request gives `name`.
    subscript(name: String) -> String? {
        self.pairs.first { $0.name == name }?.value
    }

    /// A whole number from `range`, or `fallback` when the request does not name one.
    func integer(_ name: String, in range: ClosedRange<Int>, default fallback: Int) throws(Problem) -> Int {
        guard let text = self[name] else { return fallback }
        guard let value = Int(text), range.contains(value) else {
            throw Problem(
                .invalidRequest,
                "parameter '\(name)' is '\(text)'; a number from \(range.lowerBound) to \(range.upperBound) is expected"
            )
        }
        return value
    }

    /// An op, or `fallback` when the request does not name one.
    func op(_ name: String, default fallback: Op) throws(Problem) -> Op {
        guard let text = self[name] else { return fallback }
        guard let number = UInt64(text) else {
            throw Problem(.invalidRequest, "parameter '\(name)' is '\(text)'; an op number is expected")
        }
        return Op(number)
    }

    /// `true` or `false`; a name without a value is true.
    func flag(_ name: String) throws(Problem) -> Bool {
        switch self[name] {
        case nil, "false": return false
        case "true", "": return true
        case let text?: throw Problem(.invalidRequest, "parameter '\(name)' is '\(text)'; true or false is expected")
        }
    }

    /// A path, or nil when the request does not name one.
    func path(_ name: String) throws -> NamespacePath? {
        guard let text = self[name], !text.isEmpty else { return nil }
        return try NamespacePath(text)
    }

    /// An op, a root or a time, or nil when the request does not name one.
    func selector(_ name: String) throws(Problem) -> SnapshotSelector? {
        guard let text = self[name] else { return nil }
        guard let selector = SnapshotSelector(text) else {
            throw Problem(
                .invalidRequest,
                "parameter '\(name)' is '\(text)'; an op, a root of 64 hex digits or an RFC 3339 time is expected"
            )
        }
        return selector
    }

    private static func decode(_ text: some Collection<UInt8>) throws(Problem) -> String {
        guard let bytes = PercentDecoding.decode(text, plusIsSpace: true),
            let decoded = String(validating: bytes, as: UTF8.self)
        else {
            throw Problem(
                .invalidRequest,
                "the query holds '\(String(decoding: text, as: UTF8.self))', which is not percent-encoded UTF-8"
            )
        }
        return decoded
    }
}
