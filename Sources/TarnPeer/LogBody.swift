internal import TarnCore

/// `log`: after which op and how many bytes at most, answered by a page of the log.
enum LogBody {
    static func encode(after: Op, bytesMax: Int) -> [UInt8] {
        BulkBody.encode(reservingCapacity: 32) { writer in
            writer.write(after.number)
            writer.write(count: bytesMax)
        }
    }

    static func decode(_ body: [UInt8]) throws -> (after: Op, bytesMax: Int) {
        try BulkBody.decode(body, "log request") { reader in
            (Op(try reader.readUInt64()), try reader.readCount(max: Limits.peerBatchBytesMax))
        }
    }

    static func encodeReply(_ page: LogPage, codec: some EntryBodyCodec) -> [UInt8] {
        let entries = page.entries
        let capacity = entries.reduce(0) { $0 + $1.body.count + Limits.logHeaderBytesMax + 16 }
        return BulkBody.encode(reservingCapacity: capacity) { writer in
            writer.write(page.view.number)
            writer.write(page.logView.number)
            writer.write(page.commit.number)
            writer.write(count: entries.count)
            for entry in entries {
                let body = codec.packed(entry.body)
                writer.write(bytes: entry.header.encoded())
                writer.write(byte: body.codec.rawValue)
                writer.write(bytes: body.bytes)
            }
        }
    }

    static func decodeReply(
        _ body: [UInt8],
        after: Op,
        codec: some EntryBodyCodec
    ) throws -> LogPage {
        try BulkBody.decode(body, "log reply") { reader in
            let view = View(try reader.readUInt64())
            let logView = View(try reader.readUInt64())
            let commit = Op(try reader.readUInt64())
            let count = try reader.readCount(max: reader.remaining)
            var entries: [LogEntry] = []
            var budget = BodyBudget()
            for index in 0..<count {
                let header = Array(try reader.readBytes(max: Limits.logHeaderBytesMax))
                let bodyCodec = UInt64(try reader.readByte())
                let bytes = Array(try reader.readBytes(max: Limits.logBodyBytesMax))
                let entry = try codec.entry(header: header, body: bytes, codec: bodyCodec, budget: &budget)
                guard after.number.addingReportingOverflow(UInt64(index) + 1) == (entry.header.op.number, false) else {
                    throw PeerError(
                        .malformed,
                        "log reply: entry \(index + 1) after op \(after) has op \(entry.header.op)"
                    )
                }
                entries.append(entry)
            }
            return LogPage(view: view, logView: logView, entries: entries, commit: commit)
        }
    }
}
