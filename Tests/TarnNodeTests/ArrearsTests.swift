import TarnConsensus
import TarnCore
import TarnCrypto
import Testing

@testable import TarnNode

@Suite struct ArrearsTests {
    private static func address(_ text: String) -> BlobAddress { SHA256.digest(Array(text.utf8)) }

    /// An entry at op 3 that puts files of these contents and sizes.
    private static func entry(_ files: [(content: String, size: UInt64)]) throws -> LogEntry {
        let changes = try files.enumerated().map { index, file in
            let entry = try Entry.file(content: self.address(file.content), size: file.size)
            return Change(path: try NamespacePath("/workspace/\(index)"), action: .put(entry))
        }
        let body = try ChangeSet(changes).encoded()
        let header = LogHeader(
            op: Op(3),
            view: View(0),
            kind: .changeSet,
            configurationEpoch: 0,
            timestampMicroseconds: 1,
            author: "test",
            request: try RequestID(client: "test", number: 1),
            parent: .zero,
            root: .zero,
            body: SHA256.digest(body),
            bodyBytesCount: UInt64(body.count),
            closureCount: UInt64(Set(files.map(\.content)).count),
            closureBytesCount: 130
        )
        return LogEntry(header: header, body: body)
    }

    private static func settled(_ entry: LogEntry, op: Op? = nil) -> Message.Acknowledgement {
        Message.Acknowledgement(op: op ?? entry.header.op, entry: entry.header.hash(SHA256.self))
    }

    @Test func `what a log names and a disk lacks is counted once, until it is whole`() throws {
        let entry = try Self.entry([("a", 100), ("b", 30), ("a", 100)])
        let arrears = Arrears()
        arrears.note(entry, missing: [Self.address("a")])
        #expect(arrears.bytesCount == 100)
        arrears.note(entry, missing: [Self.address("a"), Self.address("b")])
        #expect(arrears.bytesCount == 130)
        arrears.settle(Self.settled(entry, op: Op(4)))
        #expect(arrears.bytesCount == 130)
        arrears.settle(Self.settled(entry))
        arrears.settle(Self.settled(entry))
        #expect(arrears.bytesCount == 0)
    }

    @Test func `an entry that was superseded and settles late takes nothing from the one at its op`() throws {
        let (old, new) = (try Self.entry([("old", 100)]), try Self.entry([("new", 7)]))
        let arrears = Arrears()
        arrears.note(old, missing: [Self.address("old")])
        arrears.note(new, missing: [Self.address("new")])
        #expect(arrears.bytesCount == 7, "only one of them is of the log")
        arrears.settle(Self.settled(old))
        #expect(arrears.bytesCount == 7)
        arrears.settle(Self.settled(new))
        #expect(arrears.bytesCount == 0)
    }
}
