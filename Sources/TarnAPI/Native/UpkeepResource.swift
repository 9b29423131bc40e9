internal import Hummingbird
internal import TarnCore
internal import TarnNode

/// `POST /v1/gc/floor`, `POST /v1/gc/collect` and `POST /v1/scrub`: upkeep of the store, for admins.
struct UpkeepResource: Sendable {
    private static let bodyBytesMax = 4_096
    let node: any NodeService
    let audit: AuditRecorder
    let running = RequestGate(limit: Limits.upkeepRunsMax)

    func register(in routes: inout RouteTable) {
        routes.stage(.post, "/v1/gc/floor", .whole(.admin)) { _ in
            Response(json: Self.json(try await self.node.upkeep.raiseFloor()))
        }
        routes.ask("/v1/gc/collect", .whole(.admin)) { request in
            let wish = try Self.wish(try await request.body(max: Self.bodyBytesMax))
            let permit = try self.permit()
            if !wish.isDryRun { self.audit.note("gc", by: request) }
            return ProgressLines(permit: permit) { tell in
                Self.json(try await self.node.upkeep.collect(wish) { tell(Self.json($0)) })
            }.response
        }
        routes.ask("/v1/scrub", .whole(.admin)) { request in
            let permit = try self.permit()
            self.audit.note("scrub", by: request)
            return ProgressLines(permit: permit) { tell in
                Self.json(try await self.node.upkeep.scrub { tell(.progress(done: $0, total: $1)) })
            }.response
        }
    }

    private func permit() throws -> RequestPermit {
        guard let permit = self.running.enter() else {
            throw Problem(.rateLimited, "a collection or scrub is running already", headers: [.retryAfter: "60"])
        }
        return permit
    }

    /// `{"dry_run"?: bool, "now"?: bool, "staged_seconds"?: number, "recompress"?: bool}`, or nothing.
    private static func wish(_ body: [UInt8]) throws -> CollectionWish {
        guard !body.isEmpty else { return CollectionWish(isDryRun: false, isImmediate: false) }
        var reader = JSONReader(body)
        var (isDryRun, isImmediate, recompresses) = (false, false, false)
        var stagedSeconds: UInt32?
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "dry_run": isDryRun = try reader.readBoolean()
            case "now": isImmediate = try reader.readBoolean()
            case "recompress": recompresses = try reader.readBoolean()
            case "staged_seconds":
                let number = try reader.readInt64()
                guard let seconds = UInt32(exactly: number) else {
                    throw Problem(.invalidRequest, "staged_seconds is \(number); 0 or more is expected")
                }
                stagedSeconds = seconds
            default:
                throw Problem(
                    .invalidRequest,
                    "unknown key '\(key)'; expected: dry_run, now, staged_seconds, recompress"
                )
            }
        }
        try reader.expectEnd()
        return CollectionWish(
            isDryRun: isDryRun,
            isImmediate: isImmediate,
            stagedSeconds: stagedSeconds,
            recompresses: recompresses
        )
    }

    private static func json(_ floor: GarbageFloor) -> JSONWriter {
        var writer = JSONWriter(reservingCapacity: 256)
        writer.beginObject()
        writer.key("floor")
        writer.integer(floor.floor.number)
        writer.key("kept_ops")
        writer.beginArray()
        for op in floor.kept { writer.integer(op.number) }
        writer.endArray()
        writer.endObject()
        return writer
    }

    private static func json(_ progress: CollectionProgress) -> JSONWriter {
        .progress(done: progress.doneBytesCount, total: progress.totalBytesCount)
    }

    private static func json(_ summary: CollectionSummary) -> JSONWriter {
        var writer = JSONWriter(reservingCapacity: 1_024)
        writer.beginObject()
        writer.key("dry_run")
        writer.boolean(summary.isDryRun)
        let numbers: [(String, UInt64)] = [
            ("op", summary.op.number), ("floor", summary.floor.number), ("kept_ops", UInt64(summary.keptOpCount)),
            ("blobs", UInt64(summary.blobCount)), ("live_blobs", UInt64(summary.liveCount)),
            ("condemned_blobs", UInt64(summary.condemnedCount)), ("condemned_bytes", summary.condemnedBytesCount),
            ("removable_blobs", UInt64(summary.removableCount)), ("removable_bytes", summary.removableBytesCount),
            ("segments", UInt64(summary.segmentCount)), ("bytes_to_free", summary.bytesToFree),
            ("removed_blobs", UInt64(summary.removedCount)), ("copied_bytes", summary.copiedBytesCount),
            ("freed_bytes", summary.freedBytesCount), ("bytes_before", summary.bytesBefore),
            ("bytes_after", summary.bytesAfter), ("recompressed_records", UInt64(summary.recompressedCount)),
        ]
        for (key, number) in numbers {
            writer.key(key)
            writer.integer(number)
        }
        writer.key("skipped")
        writer.beginArray()
        for text in summary.skipped { writer.string(text) }
        writer.endArray()
        writer.endObject()
        return writer
    }

    private static func json(_ summary: ScrubSummary) -> JSONWriter {
        var writer = JSONWriter(reservingCapacity: 1_024)
        writer.beginObject()
        writer.key("sound")
        writer.boolean(summary.isSound)
        writer.key("bytes")
        writer.integer(summary.bytesCount)
        writer.key("unreadable_records")
        writer.integer(summary.unreadableCount)
        for (key, notes) in [("healed", summary.healed), ("damaged", summary.damaged)] {
            writer.key(key)
            writer.beginArray()
            for note in notes {
                writer.beginObject()
                writer.key("name")
                writer.string(note.name)
                writer.members(reason: note.reason, paths: note.paths)
                writer.endObject()
            }
            writer.endArray()
        }
        writer.endObject()
        return writer
    }
}
