import TarnClient
import TarnCore
import TarnTestKit
import Testing

@testable import TarnBackup

@Suite("Roots of backups")
struct BackupRootTests {
    @Test("a root reads back as it was written")
    func roundTrip() throws {
        let root = try BackupRoot.sample([
            .sample(1, hasContent: true), .sample(2, bytes: 1 << 40, hasContent: true),
        ])
        let read = try BackupRoot(decoding: root.encoded(), name: "x")
        #expect(read.encoded() == root.encoded())
        #expect(read.segments == root.segments)
    }

    @Test("a root with any byte changed is read or refused by its name, and most are refused")
    func damage() throws {
        let bytes = try BackupRoot.sample([.sample(1, hasContent: true)]).encoded()
        let seed: UInt64 = 5
        var random = SplitMix64(seed: seed)
        var refusedCount = 0
        for _ in 0..<400 {
            var damaged = bytes
            let position = Int.random(in: 0..<damaged.count, using: &random)
            damaged[position] = UInt8.random(in: 0...255, using: &random)
            // A digit of a number or of a hash may become another one: the signatures tell that.
            do {
                _ = try BackupRoot(decoding: damaged, name: "roots/7.json")
            } catch {
                refusedCount += 1
                #expect(error.message.contains("roots/7.json"), "seed \(seed)")
            }
        }
        #expect(refusedCount > 200, "seed \(seed)")
    }

    @Test("names of roots are in order of their ops")
    func names() {
        let ops: [UInt64] = [0, 9, 10, 99_999, .max]
        let names = ops.map { BackupNames.root(Op($0)) }
        #expect(names == names.sorted())
        #expect(names.map { BackupNames.op(ofRoot: $0) } == ops.map { Op($0) })
        #expect(BackupNames.op(ofRoot: "roots/x.json") == nil)
    }
}
