package import TarnCore

/// A token that somebody wants: what `POST /v1/tokens` takes.
package struct TokenRequest: Sendable {
    package let name: String
    package let scope: String
    package var paths: [NamespacePath] = []
    /// When it ends; nil for a token that holds until it is revoked.
    package var expiresAt: Timestamp?
    package var requestsPerSecond: Int?
    package var concurrency: Int?

    package init(name: String, scope: String) {
        self.name = name
        self.scope = scope
    }

    var json: [UInt8] {
        var body = JSONWriter()
        body.beginObject()
        body.key("name")
        body.string(self.name)
        body.key("scope")
        body.string(self.scope)
        body.key("paths")
        body.beginArray()
        for path in self.paths { body.string(path.string) }
        body.endArray()
        if let end = self.expiresAt {
            body.key("expires_at")
            body.string(end.description)
        }
        if let rate = self.requestsPerSecond {
            body.key("requests_per_second")
            body.integer(rate)
        }
        if let concurrency = self.concurrency {
            body.key("concurrency")
            body.integer(concurrency)
        }
        body.endObject()
        return body.bytes
    }
}
