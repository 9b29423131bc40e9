internal import HTTPTypes
internal import Hummingbird
internal import TarnCore
internal import TarnMerkle
internal import TarnNode

/// `POST /v1/contents/<directory>`: the bytes of many small files below a directory in one answer, because a request
/// for each costs more than reading it.
struct BulkContentResource: Sendable {
    let node: any NodeService

    func register(in routes: inout RouteTable) {
        routes.ask("/v1/contents/**", .path(.read)) { try await self.read($0) }
    }

    private func read(_ request: APIRequest) async throws -> Response {
        let directory = try request.path()
        let snapshot = try await self.node.snapshot(at: request.query.selector("at"))
        let paths = try Self.paths(
            framedIn: try await request.body(max: Limits.bulkRequestBytesMax),
            below: directory
        )
        var addresses: [BlobAddress] = []
        var slots: [Int?] = []
        var bytesLeft = UInt64(Limits.bulkAnswerBytesMax)
        for path in paths {
            guard Access.isVisible(path, to: request.principal), let entry = snapshot.tree[path], !entry.isDirectory,
                entry.manifest == nil, entry.size <= bytesLeft
            else {
                slots.append(nil)
                continue
            }
            bytesLeft -= entry.size
            slots.append(addresses.count)
            addresses.append(entry.content)
        }
        let blobs = try await self.node.blobs(addresses)
        return Response(bytes: Self.answer(slots.map { $0.flatMap { blobs[$0] } })).stamped(snapshot)
    }

    /// Paths behind their lengths (LEB128), relative to `directory`.
    static func paths(framedIn body: [UInt8], below directory: NamespacePath) throws -> [NamespacePath] {
        var reader = CanonicalReader(body)
        var paths: [NamespacePath] = []
        let prefix = directory.descendantPrefix
        while !reader.isAtEnd {
            guard paths.count < Limits.bulkPathsMax else {
                throw Problem(.tooLarge, "more than \(Limits.bulkPathsMax) paths in one request")
            }
            paths.append(try NamespacePath(utf8: prefix + reader.readBytes(max: Limits.pathBytesMax)))
        }
        return paths
    }

    /// Each content behind its length plus one; a lone zero for what must be asked for by itself.
    static func answer(_ contents: [[UInt8]?]) -> [UInt8] {
        var writer = CanonicalWriter(reservingCapacity: contents.reduce(0) { $0 + 4 + ($1?.count ?? 0) })
        for content in contents {
            writer.write(count: content.map { $0.count + 1 } ?? 0)
            if let content { writer.write(raw: content) }
        }
        return writer.bytes
    }
}
