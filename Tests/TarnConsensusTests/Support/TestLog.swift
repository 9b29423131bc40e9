import TarnConsensus
import TarnCore
import TarnTestKit

/// A chain of entries that starts at a genesis, made without any randomness.
struct TestLog {
    static let genesis = LogHeader(
        op: .genesis,
        view: View(0),
        kind: .genesis,
        configurationEpoch: 0,
        timestampMicroseconds: 1,
        author: "",
        request: TestLog.request("tarn", 0),
        parent: .zero,
        root: .zero,
        body: .zero,
        bodyBytesCount: 0,
        closureCount: 0,
        closureBytesCount: 0
    )

    private(set) var entries: [LogEntry] = []

    init(count: Int = 0, bodyBytesCount: Int = 8) {
        for _ in 0..<count { self.append(bodyBytesCount: bodyBytesCount) }
    }

    var headHeader: LogHeader { self.entries.last?.header ?? Self.genesis }

    /// The entry of `op`, which is not the genesis.
    subscript(op: UInt64) -> LogEntry { self.entries[Int(op) - 1] }

    func acknowledgement(_ op: UInt64) -> Message.Acknowledgement { Self.acknowledgement(self[op]) }

    @discardableResult
    mutating func append(bodyBytesCount: Int = 8, root: Digest = .zero) -> LogEntry {
        let body = [UInt8](repeating: UInt8(truncatingIfNeeded: self.entries.count), count: bodyBytesCount)
        let entry = Self.entry(after: self.headHeader, body: body, root: root)
        self.entries.append(entry)
        return entry
    }

    static func entry(
        after parent: LogHeader,
        parentHash: Digest? = nil,
        view: View = View(0),
        timestampMicroseconds: UInt64? = nil,
        body: [UInt8] = [],
        root: Digest = .zero
    ) -> LogEntry {
        let header = LogHeader(
            op: parent.op.next,
            view: view,
            kind: .changeSet,
            configurationEpoch: 0,
            timestampMicroseconds: timestampMicroseconds ?? parent.timestampMicroseconds + 1,
            author: "test",
            request: self.request("client", parent.op.number + 1),
            parent: parentHash ?? self.hash(parent),
            root: root,
            body: Digest(words: parent.op.number, 0, 0, UInt64(body.count)),
            bodyBytesCount: UInt64(body.count),
            closureCount: 0,
            closureBytesCount: 0
        )
        return LogEntry(header: header, body: body)
    }

    static func hash(_ header: LogHeader) -> Digest { header.hash(QuickHash.self) }

    static func acknowledgement(_ entry: LogEntry) -> Message.Acknowledgement {
        Message.Acknowledgement(op: entry.header.op, entry: self.hash(entry.header))
    }

    static func request(_ client: String, _ number: UInt64) -> RequestID {
        do {
            return try RequestID(client: client, number: number)
        } catch {
            preconditionFailure("client name of the test: \(error)")
        }
    }

    static func datacenter(_ member: Int) -> DatacenterID {
        do {
            return try DatacenterID("dc\(member + 1)")
        } catch {
            preconditionFailure("datacentre name of the test: \(error)")
        }
    }
}
