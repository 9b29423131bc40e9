import TarnCore
import Testing

@testable import TarnClient

@Suite struct ChangeSetBuilderTests {
    private func cut(_ sizes: [UInt64], pathBytesCount: Int = 20) throws -> [PendingSet] {
        var builder = ChangeSetBuilder()
        var sets: [PendingSet] = []
        for (index, size) in sizes.enumerated() {
            let name = String(index)
            let path = try NamespacePath(
                "/workspace/\(String(repeating: "x", count: max(0, pathBytesCount - name.count - 11)))\(name)"
            )
            let change = Change(path: path, action: .put(.directory()))
            let owner = PendingSet.Owner(
                index: index,
                stamp: FileStamp(size: size, modifiedNanoseconds: 0, changedNanoseconds: 0, inode: 0),
                content: .zero
            )
            if let full = builder.add(change, newBytesCount: size, owner: owner) { sets.append(full) }
        }
        if let last = builder.finish() { sets.append(last) }
        #expect(builder.finish() == nil)
        #expect(sets.flatMap(\.owners).map(\.index) == Array(sizes.indices))
        return sets
    }

    @Test func aSetHoldsAtMostTwoThousandChanges() throws {
        let sets = try self.cut([UInt64](repeating: 1, count: 4_001))
        #expect(sets.map(\.changes.count) == [2_000, 2_000, 1])
    }

    @Test func aSetBringsAtMost32MebibytesUnlessOneFileIsLarger() throws {
        let mebibyte: UInt64 = 1 << 20
        #expect(try self.cut([16, 16, 1].map { $0 * mebibyte }).map(\.changes.count) == [2, 1])
        #expect(try self.cut([1, 100, 1].map { $0 * mebibyte }).map(\.changes.count) == [1, 1, 1])
    }

    @Test func longPathsMakeSmallerSets() throws {
        let sets = try self.cut([UInt64](repeating: 0, count: 1_000), pathBytesCount: 4_000)
        #expect(sets.count > 1)
        for set in sets {
            #expect(try ChangeSet(set.changes).encoded().count <= Limits.importSetEncodedBytesMax)
        }
    }

    @Test func nothingMakesNoSet() throws {
        #expect(try self.cut([]).isEmpty)
    }
}
