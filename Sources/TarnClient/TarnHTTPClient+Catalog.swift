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
    package func createToken(_ wish: TokenRequest) async throws -> JSONValue {
        try await self.sendToken("/v1/tokens", wish.json)
    }

    /// Gives a token a new secret, and takes the old one for `graceSeconds` more.
    package func rotateToken(id: String, graceSeconds: UInt64) async throws -> JSONValue {
        var body = JSONWriter()
        body.beginObject()
        body.key("grace_seconds")
        body.integer(graceSeconds)
        body.endObject()
        return try await self.sendToken("/v1/tokens/\(PercentEncoding.component(id))", body.bytes)
    }

    private func sendToken(_ target: String, _ body: [UInt8]) async throws -> JSONValue {
        let request = TransportRequest(
            .post,
            target,
            headers: [("Content-Type", "application/json")],
            body: ByteBuffer(bytes: body),
            deadlineMilliseconds: Limits.clientDeadlineMilliseconds
        )
        return try Self.parse(try await self.write(request, id: self.nextRequest()).body, of: target)
    }
}
