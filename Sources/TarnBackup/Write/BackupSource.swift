package import TarnClient
internal import TarnCore

/// One node, asked for its segments.
package struct BackupSource: Sendable {
    private let client: TarnHTTPClient

    /// `client` asks one datacentre's node and no other: numbers of segments mean nothing elsewhere.
    package init(client: TarnHTTPClient) {
        self.client = client
    }

    /// What a node has up to `op`.
    struct State: Sendable {
        let datacenter: DatacenterID
        let op: Op
        let root: Digest
        let genesis: [UInt8]
        /// Entries that changed the membership, in order.
        let reconfigurations: [LogEntry]
        let segments: [BackupSegment]
        /// What the node needs and cannot read, in words; nil when it knows of nothing.
        let trouble: String?
    }

    /// Has the node end the segments that it writes, and returns which there are.
    func seal() async throws -> State {
        let request = TransportRequest(.post, "/v1/backup", deadlineMilliseconds: Limits.clientDeadlineMilliseconds)
        let answer = try await self.client.read(request)
        guard let value = try? JSONValue(parsing: answer.body),
            let datacenter = value["dc"]?.string.flatMap({ try? DatacenterID($0) }),
            let op = value["op"]?.unsigned, let root = value["root"]?.string.flatMap({ Digest(hex: $0) }),
            let genesis = value["genesis"]?.string.flatMap({ Base64.decode($0) }),
            let changes = value["reconfigurations"]?.items, let segments = BackupSegment.list(value["segments"])
        else { throw ClientError(.failed, "the node's list of segments cannot be read; has it the same version?") }
        let reconfigurations = changes.compactMap { LogEntry(json: $0) }
        guard reconfigurations.count == changes.count else {
            throw ClientError(.failed, "the node's changes of the membership cannot be read; has it the same version?")
        }
        return State(
            datacenter: datacenter,
            op: Op(op),
            root: root,
            genesis: genesis,
            reconfigurations: reconfigurations,
            segments: segments,
            trouble: value["trouble"]?.string
        )
    }

    /// The signed receipt of `op`.
    func receipt(of op: Op) async throws -> JSONValue {
        let answer = try await self.client.get("/v1/receipts/\(op.number)")
        do {
            return try JSONValue(parsing: answer.body)
        } catch {
            throw ClientError(.failed, "the receipt of op \(op) cannot be read: \(error)")
        }
    }

    /// Bytes of a segment. Throws ``ClientError`` with the status 404 when a compaction has removed it, or the
    /// list has to be asked for again because the disk does not give all of it, and when it ends too early.
    func read(_ segment: BackupSegment, _ range: Range<UInt64>) async throws -> [UInt8] {
        let answer = try await self.client.get(
            "/v1/backup/segments/\(segment.number)",
            query: [
                ("offset", String(range.lowerBound)), ("count", String(range.count)),
                ("fingerprint", segment.fingerprint.hex),
            ]
        )
        guard answer.body.count == range.count else {
            throw ClientError(.failed, "segment \(segment.number) ends before byte \(range.upperBound)")
        }
        return answer.body
    }
}
