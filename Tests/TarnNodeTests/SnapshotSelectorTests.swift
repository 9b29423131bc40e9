import TarnCore
import Testing

@testable import TarnNode

struct SnapshotSelectorTests {
    @Test func `digits are an op, 64 hex digits a root, the rest a time`() throws {
        let root = String(repeating: "1", count: 64)
        #expect(SnapshotSelector("0") == .op(Op(0)))
        #expect(SnapshotSelector("42") == .op(Op(42)))
        #expect(SnapshotSelector(root) == .root(try #require(Digest(hex: root))))
        #expect(SnapshotSelector("1970-01-01T00:00:01Z") == .time(Timestamp(microseconds: 1_000_000)))
        #expect(SnapshotSelector("1970-01-02") == .time(Timestamp(microseconds: 86_400_000_000)))
    }

    @Test(arguments: ["", "yesterday", "-1", "12x", "1970-13-01", String(repeating: "9", count: 40)])
    func `anything else is refused`(text: String) {
        #expect(SnapshotSelector(text) == nil)
    }
}
