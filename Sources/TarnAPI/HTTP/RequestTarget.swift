internal import TarnCore
internal import TarnNode

/// A request's target, taken apart: the workspace that its prefix chooses, the path of the route, and the query.
///
/// `/w/<name>/api/…` is `/api/…` in the workspace `<name>`: a client that only knows a host can be given
/// `https://host/w/<name>`.
struct RequestTarget: Sendable {
    let workspace: String?
    /// Still percent-encoded.
    let path: ArraySlice<UInt8>
    let query: Substring
    let dialect: ErrorDialect

    init(_ target: String) {
        let mark = target.utf8.firstIndex(of: 0x3f) ?? target.endIndex
        self.query = mark == target.endIndex ? "" : target[target.utf8.index(after: mark)...]
        let path = Array(target.utf8[..<mark])
        if let (name, rest) = Self.workspace(of: path) {
            self.workspace = name
            self.path = rest
        } else {
            self.workspace = nil
            self.path = path[...]
        }
        self.dialect = ErrorDialect(path: self.path)
    }

    /// `target` for the URL that a request is passed on with. What has no place in a URL as it stands is encoded here:
    /// a parser of URLs that finds some of it would encode all of the target once more, and would cut off what follows
    /// a `#`. Throws ``Problem`` `INVALID_REQUEST` for a broken percent-encoding.
    static func forURL(_ target: String) throws(Problem) -> String {
        guard PercentDecoding.decode(target.utf8) != nil else {
            throw Problem(.invalidRequest, "the target's percent-encoding is broken")
        }
        if target.utf8.allSatisfy({ Self.isLegal($0) }) { return target }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(target.utf8.count + 32)
        for byte in target.utf8 {
            if Self.isLegal(byte) { bytes.append(byte) } else { bytes += Array("%\(Hex.encode([byte]))".utf8) }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether a byte may stand in the path or the query of a URL (RFC 3986, sections 3.3 and 3.4), or begins an
    /// encoded one.
    private static func isLegal(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
        default: Self.legalMarks.contains(byte)
        }
    }

    private static let legalMarks = Array("-._~!$&'()*+,;=:@/?%".utf8)
    private static let prefix = Array("/w/".utf8)

    private static func workspace(of path: [UInt8]) -> (String, ArraySlice<UInt8>)? {
        guard path.starts(with: self.prefix),
            let end = path[self.prefix.count...].firstIndex(of: 0x2f), end > self.prefix.count,
            let bytes = PercentDecoding.decode(path[self.prefix.count..<end]),
            let name = String(validating: bytes, as: UTF8.self)
        else { return nil }
        return (name, path[end...])
    }
}
