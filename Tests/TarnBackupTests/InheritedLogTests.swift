import TarnCore
import Testing

@testable import TarnBackup

@Suite("Logs that a new cluster inherits")
struct InheritedLogTests {
    private static func header(_ kind: LogHeader.Kind, epoch: UInt64) throws -> LogHeader {
        LogHeader(
            op: Op(9),
            view: View(3),
            kind: kind,
            configurationEpoch: epoch,
            timestampMicroseconds: 77,
            author: "somebody",
            request: try RequestID(client: "membership", number: 5),
            parent: Digest(words: 1, 0, 0, 0),
            root: Digest(words: 2, 0, 0, 0),
            body: Digest(words: 3, 0, 0, 0),
            bodyBytesCount: 4,
            closureCount: 5,
            closureBytesCount: 6
        )
    }

    @Test("what changed the old membership changes nothing, and no entry counts its configurations")
    func reconfiguration() throws {
        let parent = Digest(words: 9, 9, 9, 9)
        let old = try Self.header(.reconfigure, epoch: 2)
        let new = old.inherited(behind: parent)
        #expect(new.kind == .noop)
        #expect(new.configurationEpoch == 0)
        #expect(new.parent == parent)
        #expect(new.op == old.op && new.view == old.view && new.timestampMicroseconds == old.timestampMicroseconds)
        #expect(new.author == old.author && new.request == old.request)
        #expect(new.root == old.root && new.body == old.body && new.bodyBytesCount == old.bodyBytesCount)
    }

    @Test("other entries stay what they are", arguments: [LogHeader.Kind.changeSet, .noop, .gcFloor, .policy])
    func others(kind: LogHeader.Kind) throws {
        let old = try Self.header(kind, epoch: 2)
        let new = old.inherited(behind: .zero)
        #expect(new.kind == kind && new.configurationEpoch == 0)
        #expect(new.closureCount == old.closureCount && new.closureBytesCount == old.closureBytesCount)
    }

    @Test(
        "the first primary leads on, wherever the old views had come to",
        arguments: [0, 1, 2, 7, 1 << 32, 1 << 32 + 1, 1 << 32 + 2, 1 << 32 + 3] as [UInt64]
    )
    func view(number: UInt64) {
        let view = StoreFiller.view(notBefore: View(number))
        #expect(view.primaryIndex == 0)
        #expect(view >= View(number) && view.number <= number + 2)
    }
}
