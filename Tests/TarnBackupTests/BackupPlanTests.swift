import TarnClient
import TarnCore
import TarnCrypto
import TarnTestKit
import Testing

@testable import TarnBackup

@Suite("What a backup copies")
struct BackupPlanTests {
    private static func segment(_ number: UInt32, bytes: UInt64 = 100, content: Bool = false) -> BackupSegment {
        let digest = SHA256.digest([UInt8(truncatingIfNeeded: number)])
        return BackupSegment(
            number: number,
            stream: "small",
            bytesCount: bytes,
            fingerprint: digest,
            content: content ? SHA256.digest([1, UInt8(truncatingIfNeeded: number)]) : nil
        )
    }

    private static func object(_ segment: BackupSegment, bytes: UInt64? = nil) -> StoredObject {
        StoredObject(name: segment.object, bytesCount: bytes ?? segment.bytesCount)
    }

    @Test("the first backup copies everything")
    func first() {
        let plan = BackupPlan(node: [Self.segment(1), Self.segment(2)], known: [], stored: [])
        #expect(plan.missing == [0, 1])
    }

    @Test("what lies there with its size and a description is not copied again")
    func incremental() {
        let known = [Self.segment(1, content: true), Self.segment(2, content: true)]
        var plan = BackupPlan(
            node: [Self.segment(1), Self.segment(2), Self.segment(3)],
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
        let known = [Self.segment(1, content: true), Self.segment(2, content: true)]
        let stored = [Self.object(known[1], bytes: 99), Self.object(Self.segment(3))]
        let plan = BackupPlan(node: [1, 2, 3].map { Self.segment($0) }, known: known, stored: stored)
        #expect(plan.missing == [0, 1, 2])
    }

    @Test("only what no kept backup needs is unused")
    func unused() throws {
        let all = (1...4).map { Self.segment(UInt32($0), content: true) }
        let kept = [try Self.root(Array(all[1...2])), try Self.root([all[2]])]
        let unused = BackupPlan.unused(all.map { Self.object($0) }, kept: kept)
        #expect(unused == [all[0].object, all[3].object])
    }

    private static func root(_ segments: [BackupSegment]) throws -> BackupRoot {
        BackupRoot(
            cluster: "00",
            datacenter: try DatacenterID("dc1"),
            op: Op(7),
            root: .zero,
            time: Timestamp(microseconds: 1_700_000_000_000_000),
            genesis: [1, 2],
            receipt: .object(["op": .number("7")]),
            segments: segments
        )
    }

    @Test("a root reads back as it was written")
    func roundTrip() throws {
        let root = try Self.root([Self.segment(1, content: true), Self.segment(2, bytes: 1 << 40, content: true)])
        let read = try BackupRoot(decoding: root.encoded(), name: "x")
        #expect(read.encoded() == root.encoded())
        #expect(read.segments == root.segments)
    }

    @Test("a root with any byte changed is refused or says the same")
    func damage() throws {
        let bytes = try Self.root([Self.segment(1, content: true)]).encoded()
        var random = SplitMix64(seed: 5)
        for _ in 0..<400 {
            var damaged = bytes
            let position = Int.random(in: 0..<damaged.count, using: &random)
            damaged[position] = UInt8.random(in: 0...255, using: &random)
            // Whatever it decodes to, it must not crash, and a refusal names the object.
            do {
                _ = try BackupRoot(decoding: damaged, name: "roots/7.json")
            } catch {
                #expect(error.message.contains("roots/7.json"))
            }
        }
    }

    @Test("names of roots are in order of their ops")
    func names() {
        let ops: [UInt64] = [0, 9, 10, 99_999, .max]
        let names = ops.map { BackupNames.root(Op($0)) }
        #expect(names == names.sorted())
        #expect(names.map { BackupNames.op(ofRoot: $0) } == ops.map { Op($0) })
        #expect(BackupNames.op(ofRoot: "roots/x.json") == nil)
    }

    @Test(
        "places are read from URLs",
        arguments: [
            ("file:///a/b", BackupLocation.folder("/a/b")), ("s3://bucket", .bucket("bucket", prefix: "")),
            ("s3://bucket/a/b/", .bucket("bucket", prefix: "a/b/")),
        ]
    )
    func location(url: String, expected: BackupLocation) throws {
        #expect(try BackupLocation(url) == expected)
    }

    @Test("other places are refused", arguments: ["", "file://", "s3://", "/a/b", "http://a/b", "S3://b"])
    func wrongLocation(url: String) {
        #expect(throws: (any Error).self) { try BackupLocation(url) }
    }
}
