internal import TarnCore

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
