/// The calls of the bulk connection: their paths, and the bodies of their requests and replies.
enum BulkCall: String, CaseIterable {
    case want
    case blobs
    case log
    case stage
    case attest
    case compare

    static let prefix = "/peer/v1/"

    var path: String { Self.prefix + self.rawValue }

    init?(path: String) {
        guard path.hasPrefix(Self.prefix) else { return nil }
        self.init(rawValue: String(path.dropFirst(Self.prefix.count)))
    }
}
