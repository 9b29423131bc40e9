internal import Hummingbird
internal import TarnCore
internal import TarnNode

/// `POST /v1/backup` and `GET /v1/backup/segments/<number>`: the files of a node's store, for admins.
struct BackupResource: Sendable {
    /// At least as much as a backup asks for at a time: one part of an object in a bucket.
    private static let pieceBytesMax = 16 << 20
    let node: any NodeService
    let audit: AuditRecorder

    func register(in routes: inout RouteTable) {
        routes.ask("/v1/backup", .whole(.admin)) { request in
            self.audit.note("backup", by: request)
            return Response(json: self.json(try await self.node.segments.sealSegments()))
        }
        routes.read("/v1/backup/segments/{}", .whole(.admin)) { request in
            let text = try request.parameter()
            guard let number = UInt32(text) else {
                throw Problem(.invalidRequest, "'\(text)' is no number of a segment")
            }
            let query = request.query
            let offset = try query.integer("offset", in: 0...Int(UInt32.max), default: 0)
            let count = try query.integer("count", in: 1...Self.pieceBytesMax, default: Self.pieceBytesMax)
            var fingerprint: Digest?
            if let text = query["fingerprint"] {
                guard let digest = Digest(hex: text) else {
                    throw Problem(.invalidRequest, "parameter 'fingerprint' is '\(text)'; 64 hex digits are expected")
                }
                fingerprint = digest
            }
            return Response(
                bytes: try await self.node.segments.segment(
                    number,
                    fingerprint: fingerprint,
                    at: offset,
                    count: count
                )
            )
        }
    }

    private func json(_ state: SealedState) -> JSONWriter {
        var writer = JSONWriter(reservingCapacity: 512 + 128 * state.segments.count)
        writer.beginObject()
        writer.key("dc")
        writer.string(self.node.datacenter.name)
        writer.key("op")
        writer.integer(state.op.number)
        writer.key("root")
        writer.string(state.root.hex)
        writer.key("genesis")
        writer.string(Base64.encode(state.genesis))
        writer.key("reconfigurations")
        writer.beginArray()
        for entry in state.reconfigurations {
            writer.beginObject()
            writer.key("header")
            writer.string(Base64.encode(entry.header.encoded()))
            writer.key("body")
            writer.string(Base64.encode(entry.body))
            writer.endObject()
        }
        writer.endArray()
        writer.key("segments")
        writer.beginArray()
        for segment in state.segments {
            writer.beginObject()
            writer.key("number")
            writer.integer(segment.number)
            writer.key("stream")
            writer.string(segment.stream)
            writer.key("bytes")
            writer.integer(segment.bytesCount)
            writer.key("fingerprint")
            writer.string(segment.fingerprint.hex)
            writer.endObject()
        }
        writer.endArray()
        if let trouble = state.trouble {
            writer.key("trouble")
            writer.string(trouble)
        }
        writer.endObject()
        return writer
    }
}
