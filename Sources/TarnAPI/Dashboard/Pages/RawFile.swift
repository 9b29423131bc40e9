internal import HTTPTypes
internal import Hummingbird
internal import TarnCore
internal import TarnMerkle
internal import TarnNode

/// A file's bytes to be saved: never shown by the browser, whatever they are.
struct RawFile: Sendable {
    let visit: DashboardVisit

    func response() async throws -> Response {
        let path = try self.visit.request.path()
        try self.visit.checkMayRead(path)
        let snapshot = try await self.visit.node.snapshot(at: self.visit.request.query.selector("at"))
        guard let entry = snapshot.tree[path], !entry.isDirectory else {
            throw Problem(.notFound, "there is no file at \(path) at op \(snapshot.op)")
        }
        let stream = ContentStream(node: self.visit.node, entry: entry)
        let body = try await stream.body(0..<entry.size, permit: self.visit.request.permit)
        let name = DashboardFormat.encoded(path.name)
        return Response(
            status: .ok,
            headers: [
                .contentType: "application/octet-stream", .cacheControl: "no-store", .xContentTypeOptions: "nosniff",
                .contentDisposition: "attachment; filename*=UTF-8''\(name)",
                .contentSecurityPolicy: "default-src 'none'; sandbox",
            ],
            body: body
        )
    }
}
