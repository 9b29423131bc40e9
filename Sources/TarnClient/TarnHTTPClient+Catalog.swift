internal import NIOCore
package import TarnCore

extension TarnHTTPClient {
    /// The answer to one SELECT over the catalog, in the type that `accept` names.
    package func query(sql: String, accept: String) async throws -> Answer {
        var body = JSONWriter()
        body.beginObject()
        body.key("sql")
        body.string(sql)
        body.endObject()
        return try await self.read(
            TransportRequest(
                .post,
                "/v1/catalog/query",
                headers: [("Content-Type", "application/json"), ("Accept", accept)],
                body: ByteBuffer(bytes: body.bytes),
                deadlineMilliseconds: Limits.clientDeadlineMilliseconds
            )
        )
    }

    /// Makes a token: `{"id", "token"}`, where the token itself is told only this once.
    package func createToken(name: String, scope: String, paths: [NamespacePath]) async throws -> JSONValue {
        var body = JSONWriter()
        body.beginObject()
        body.key("name")
        body.string(name)
        body.key("scope")
        body.string(scope)
        body.key("paths")
        body.beginArray()
        for path in paths { body.string(path.string) }
        body.endArray()
        body.endObject()
        let request = TransportRequest(
            .post,
            "/v1/tokens",
            headers: [("Content-Type", "application/json")],
            body: ByteBuffer(bytes: body.bytes),
            deadlineMilliseconds: Limits.clientDeadlineMilliseconds
        )
        return try Self.parse(try await self.write(request, id: self.nextRequest()).body, of: "/v1/tokens")
    }
}
