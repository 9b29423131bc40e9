import TarnCore
import Testing

@testable import TarnBackup

@Suite("What a backup copies")
struct BackupPlanTests {
    private static func object(_ segment: BackupSegment, bytes: UInt64? = nil) -> StoredObject {
        StoredObject(name: segment.object, bytesCount: bytes ?? segment.bytesCount)
    }

    @Test("the first backup copies everything")
    func first() {
        let plan = BackupPlan(node: [BackupSegment.sample(1), BackupSegment.sample(2)], known: [], stored: [])
        #expect(plan.missing == [0, 1])
    }

    @Test("what lies there with its size and a description is not copied again")
    func incremental() {
        let known = [BackupSegment.sample(1, hasContent: true), BackupSegment.sample(2, hasContent: true)]
        var plan = BackupPlan(
            node: [BackupSegment.sample(1), BackupSegment.sample(2), BackupSegment.sample(3)],
            known: known,
            stored: known.map { Self.object($0) }
        )
        #expect(plan.missing == [2])
        #expect(plan.segments[0].content == known[0].content)
        plan.note(.zero, at: 2)
        #expect(plan.missing.isEmpty)
    }

    @Test("an object that vanished, was cut, or is described nowhere is copied again")
    func healed() {
        let known = [BackupSegment.sample(1, hasContent: true), BackupSegment.sample(2, hasContent: true)]
        let stored = [Self.object(known[1], bytes: 99), Self.object(BackupSegment.sample(3))]
        let plan = BackupPlan(node: [1, 2, 3].map { BackupSegment.sample($0) }, known: known, stored: stored)
        #expect(plan.missing == [0, 1, 2])
    }

    @Test("only what no kept backup needs is unused")
    func unused() throws {
        let all = (1...4).map { BackupSegment.sample(UInt32($0), hasContent: true) }
        let kept = [try BackupRoot.sample(Array(all[1...2])), try BackupRoot.sample([all[2]])]
        let unused = BackupPlan.unused(all.map { Self.object($0) }, kept: kept)
        #expect(unused == [all[0].object, all[3].object])
    }
}
