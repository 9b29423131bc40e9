import TarnConsensus
import TarnCore
import TarnCrypto

extension LogEntry {
    /// An entry that fits its body and nothing else.
    static func fixture(
        op: UInt64,
        kind: LogHeader.Kind = .changeSet,
        body: [UInt8],
        parent: Digest = .zero,
        root: Digest = .zero
    ) throws -> LogEntry {
        let header = LogHeader(
            op: Op(op),
            view: View(0),
            kind: kind,
            configurationEpoch: 0,
            timestampMicroseconds: op,
            author: "test",
            request: try RequestID(client: "test", number: op),
            parent: parent,
            root: root,
            body: SHA256.digest(body),
            bodyBytesCount: UInt64(body.count),
            closureCount: 0,
            closureBytesCount: 0
        )
        return LogEntry(header: header, body: body)
    }
}
