import NIOCore
import TarnClient
import TarnCore
import TarnCrypto

/// The routes of ``MemoryCluster``.
enum MemoryRoutes {
    typealias Response = MemoryCluster.TransportResponse

    static func answer(_ request: TransportRequest, _ state: inout MemoryCluster.State) throws -> Response {
        let parts = request.target.split(separator: "?", maxSplits: 1).map(String.init)
        let query = try self.query(parts.count > 1 ? parts[1] : "")
        let body = request.body.map { Array($0.readableBytesView) } ?? []
        for (route, isPath) in [
            ("/v1/status", false), ("/v1/namespace", true), ("/v1/content", true),
            ("/v1/contents", true), ("/v1/stage", false),
            ("/v1/manifests", false), ("/v1/changes", false), ("/v1/diff", false),
        ] where parts[0] == route || (isPath && parts[0].hasPrefix(route + "/")) {
            let path = isPath ? try NamespacePath(utf8: self.decode(String(parts[0].dropFirst(route.count)))) : .root
            switch route {
            case "/v1/status": return Response(body: Array(#"{"cluster":"00112233445566778899aabbccddeeff"}"#.utf8))
            case "/v1/namespace": return try self.namespace(path, query, state)
            case "/v1/content": return try self.content(path, request, query, state)
            case "/v1/contents": return try self.contents(path, body, query, state)
            case "/v1/stage": return try self.stage(body, &state)
            case "/v1/manifests": return try self.manifest(body, &state)
            case "/v1/changes": return try self.changes(body, &state)
            default: return try self.diff(query, state)
            }
        }
        throw MemoryCluster.Refusal(status: 404, code: "NOT_FOUND", message: "no route \(parts[0])")
    }

    static func decode(_ text: String) throws -> [UInt8] {
        var out: [UInt8] = []
        var bytes = Array(text.utf8)[...]
        while let byte = bytes.popFirst() {
            if byte == 0x25 {
                guard let decoded = Hex.decode(bytes.prefix(2)) else { throw CoreError(.malformed, "bad escape") }
                out += decoded
                bytes = bytes.dropFirst(2)
            } else {
                out.append(byte)
            }
        }
        return out
    }

    private static func query(_ text: String) throws -> [String: String] {
        var out: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            out[halves[0]] = String(decoding: try self.decode(halves[1]), as: UTF8.self)
        }
        return out
    }

    private static func entries(
        at selector: String?,
        _ state: MemoryCluster.State
    ) throws -> (op: Int, MemoryCluster.Entries) {
        let op = selector.flatMap { Int($0) } ?? state.states.count - 1
        guard state.states.indices.contains(op) else {
            throw MemoryCluster.Refusal(status: 410, code: "GONE", message: "op \(op) is not kept")
        }
        return (op, state.states[op])
    }

    private static func namespace(
        _ path: NamespacePath,
        _ query: [String: String],
        _ state: MemoryCluster.State
    ) throws -> Response {
        let (op, entries) = try self.entries(at: query["at"], state)
        guard let entry = path == .root ? .directory() : entries[path] else {
            throw MemoryCluster.Refusal(status: 404, code: "NOT_FOUND", message: "nothing at \(path)")
        }
        let after = query["after"].map { Array($0.utf8) } ?? []
        var below = entries.keys.filter { path.isAncestor(of: $0) && Bytes.isLess(after, $0.utf8) }.sorted()
        if query["recursive"] != "true" { below.removeAll { $0.parent != path } }
        // Small pages, so that every listing of a test has several.
        let limit = min(Int(query["limit"] ?? "") ?? 7, 7)
        let page = below.prefix(limit)
        let own = ListedEntry(path: path, entry: entry).json.dropLast()
        let children = page.compactMap { path in entries[path].map { ListedEntry(path: path, entry: $0).json } }
        let hasMore = limit > 0 && below.count > limit
        let next = hasMore ? ListedEntry.quoted(page.last?.string ?? "") : "null"
        let text = own + #","children":[\#(children.joined(separator: ","))],"next":\#(next)}"#
        return Response(headers: ["tarn-op": String(op)], body: Array(text.utf8))
    }

    private static func content(
        _ path: NamespacePath,
        _ request: TransportRequest,
        _ query: [String: String],
        _ state: MemoryCluster.State
    ) throws -> Response {
        let (op, entries) = try self.entries(at: query["at"], state)
        guard let entry = entries[path], !entry.isDirectory else {
            throw MemoryCluster.Refusal(status: 404, code: "NOT_FOUND", message: "nothing at \(path)")
        }
        let chunks = entry.manifest.flatMap { state.manifests[$0]?.chunks } ?? [entry.content]
        guard chunks.allSatisfy({ state.blobs[$0] != nil }) else {
            throw MemoryCluster.Refusal(status: state.lostStatus, code: "UNAVAILABLE", message: "it is gone")
        }
        let bytes = chunks.flatMap { state.blobs[$0] ?? [] }
        guard let range = request.headers.first(where: { $0.name == "Range" })?.value.dropFirst("bytes=".count) else {
            return Response(headers: ["tarn-op": String(op)], body: bytes)
        }
        let bounds = range.split(separator: "-").compactMap { Int($0) }
        return Response(status: 206, headers: ["tarn-op": String(op)], body: Array(bytes[bounds[0]...bounds[1]]))
    }

    /// Leaves out what is larger than 1,000 bytes, as a node leaves out what would make its answer too large.
    private static func contents(
        _ directory: NamespacePath,
        _ body: [UInt8],
        _ query: [String: String],
        _ state: MemoryCluster.State
    ) throws -> Response {
        let (op, entries) = try self.entries(at: query["at"], state)
        var reader = CanonicalReader(body)
        var writer = CanonicalWriter()
        while !reader.isAtEnd {
            let path = try NamespacePath(utf8: directory.descendantPrefix + reader.readBytes(max: 4_096))
            if let entry = entries[path], entry.size <= 1_000, let bytes = state.blobs[entry.content] {
                writer.write(count: bytes.count + 1)
                writer.write(raw: bytes)
            } else {
                writer.write(count: 0)
            }
        }
        return Response(headers: ["tarn-op": String(op)], body: writer.bytes)
    }

    private static func stage(_ body: [UInt8], _ state: inout MemoryCluster.State) throws -> Response {
        var reader = CanonicalReader(body)
        var addresses: [UInt8] = []
        var total = 0
        var newCount = 0
        var newBytesCount = 0
        while !reader.isAtEnd {
            let blob = Array(try reader.readBytes(max: Limits.blobBytesMax))
            total += blob.count
            let address = SHA256.digest(blob)
            if state.blobs.updateValue(blob, forKey: address) == nil {
                newCount += 1
                newBytesCount += blob.count
            }
            addresses += address.bytes
        }
        guard total <= Limits.stageBatchBytesMax else {
            throw MemoryCluster.Refusal(status: 413, code: "TOO_LARGE", message: "\(total) bytes")
        }
        return Response(
            headers: ["tarn-new-blobs": String(newCount), "tarn-new-bytes": String(newBytesCount)],
            body: addresses
        )
    }

    private static func manifest(_ body: [UInt8], _ state: inout MemoryCluster.State) throws -> Response {
        let manifest = try Manifest(decoding: body)
        guard manifest.chunks.allSatisfy({ state.blobs[$0] != nil }) else {
            throw MemoryCluster.Refusal(status: 400, code: "INVALID_REQUEST", message: "a chunk is missing")
        }
        let address = SHA256.digest(body)
        state.manifests[address] = manifest
        return Response(status: 201, body: address.bytes)
    }

    private static func changes(_ body: [UInt8], _ state: inout MemoryCluster.State) throws -> Response {
        let before = state.states.count
        let set = try ChangeSet(decoding: body)
        if let missing = set.blobs.first(where: { state.blobs[$0] == nil && state.manifests[$0] == nil }) {
            throw MemoryCluster.Refusal(status: 409, code: "BLOB_MISSING", message: "blob \(missing) is not stored")
        }
        try NamespaceRules.commit(set, to: &state)
        let op = state.states.count - 1
        let count = state.states.count > before ? set.changes.count : 0
        let root = NamespaceRules.root(state.states[op]).hex
        return Response(body: Array(#"{"op":\#(op),"root":"\#(root)","changes":\#(count),"durable_at":["dc1"]}"#.utf8))
    }

    private static func diff(_ query: [String: String], _ state: MemoryCluster.State) throws -> Response {
        let (from, old) = try self.entries(at: query["from"], state)
        let (to, new) = try self.entries(at: query["to"], state)
        let after = query["after"].map { Array($0.utf8) } ?? []
        let paths = Set(old.keys).union(new.keys).filter { old[$0] != new[$0] && Bytes.isLess(after, $0.utf8) }.sorted()
        let page = paths.prefix(5)
        func side(_ path: NamespacePath, _ entries: MemoryCluster.Entries) -> String {
            entries[path].map { ListedEntry(path: path, entry: $0).json } ?? "null"
        }
        let items = page.map {
            #"{"path":\#(ListedEntry.quoted($0.string)),"old":\#(side($0, old)),"new":\#(side($0, new))}"#
        }
        let next = paths.count > 5 ? ListedEntry.quoted(page.last?.string ?? "") : "null"
        let text = #"{"from":\#(from),"to":\#(to),"differences":[\#(items.joined(separator: ","))],"next":\#(next)}"#
        return Response(body: Array(text.utf8))
    }
}

extension ListedEntry {
    static func quoted(_ text: String) -> String {
        var writer = JSONWriter()
        writer.string(text)
        return writer.text
    }
}
