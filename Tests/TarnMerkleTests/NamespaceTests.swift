import TarnCore
import TarnMerkle
import TarnTestKit
import Testing

@Suite struct NamespaceTests {
    @Test func genesisHoldsTheFourRoots() throws {
        let fixture = try NamespaceFixture()
        let children = fixture.namespace.tree.children(of: .root)
        #expect(children.map(\.0) == NamespacePath.roots)
        #expect(children.map(\.1.attributes.objectID) == [0, 1, 2, 3])
        for (_, entry) in children {
            #expect(entry.isDirectory)
            #expect(entry.attributes.createdAtMicroseconds == 1_700_000_000_000_000)
            #expect(entry.attributes.modifiedAtNanoseconds == 1_700_000_000_000_000_000)
        }
        #expect(fixture.namespace.tree.count == 4)
    }

    @Test func newEntriesGetTheirIdentityFromOpAndIndex() throws {
        var fixture = try NamespaceFixture()
        fixture.op = Op(3)
        let forged = file(1, ["object_id": "77", "created_at": "1", "modified_at": "42"])
        try fixture.commit([put("/workspace/a/b", file(0)), put("/workspace/c", forged)])
        let identities = ["/workspace/a", "/workspace/a/b", "/workspace/c"].map {
            fixture.namespace.tree[path($0)]?.attributes.objectID
        }
        #expect(identities == [3 << 14, 3 << 14 + 1, 3 << 14 + 2])
        let entry = try #require(fixture.namespace.tree[path("/workspace/c")])
        #expect(entry.attributes.createdAtMicroseconds == 1_700_000_000_000_001)
        #expect(entry.attributes.modifiedAtNanoseconds == 42)
        let timed = try #require(fixture.namespace.tree[path("/workspace/a/b")])
        #expect(timed.attributes.modifiedAtNanoseconds == 1_700_000_000_000_001_000)
    }

    @Test func overwritingAndMovingKeepIdentityAndCreationTime() throws {
        var fixture = try NamespaceFixture.standing()
        let before = try #require(fixture.namespace.tree[path("/workspace/d/a")]).attributes
        try fixture.commit([put("/workspace/d/a", file(5))])
        let moved = try fixture.commit([move("/workspace/d", "/volumes/v/d")])
        let after = try #require(fixture.namespace.tree[path("/volumes/v/d/a")])
        #expect(after.content == file(5).content)
        #expect(after.attributes.objectID == before.objectID)
        #expect(after.attributes.createdAtMicroseconds == before.createdAtMicroseconds)
        #expect(after.attributes.modifiedAtNanoseconds == 1_700_000_000_000_002_000)
        let origins = moved.filter { $0.movedFrom != nil }.map { [$0.path.string, $0.movedFrom?.string] }
        #expect(
            origins == [
                ["/volumes/v/d", "/workspace/d"], ["/volumes/v/d/a", "/workspace/d/a"],
                ["/volumes/v/d/sub", "/workspace/d/sub"], ["/volumes/v/d/sub/b", "/workspace/d/sub/b"],
            ]
        )
    }

    @Test func originsFollowMovesInSeveralSteps() throws {
        var fixture = try NamespaceFixture.standing()
        let applied = try fixture.commit([
            move("/workspace/d", "/workspace/e"), put("/workspace/e/a", file(8)),
            move("/workspace/e/a", "/workspace/d"),
            put("/workspace/e/a", file(9)),
        ])
        let origins = applied.filter { $0.movedFrom != nil }.map { [$0.path.string, $0.movedFrom?.string] }
        #expect(
            origins == [
                ["/workspace/d", "/workspace/d/a"], ["/workspace/e", "/workspace/d"],
                ["/workspace/e/sub", "/workspace/d/sub"], ["/workspace/e/sub/b", "/workspace/d/sub/b"],
            ]
        )
        #expect(applied.first { $0.path == path("/workspace/d") }?.new?.content == file(8).content)
    }

    @Test func preconditionsThatHoldAreMet() throws {
        var fixture = try NamespaceFixture.standing()
        let present = try #require(fixture.namespace.tree[path("/workspace/f")])
        try fixture.commit([put("/workspace/f", file(1), .entry(present.hash(PureSHA256.self)))])
        try fixture.commit([put("/workspace/f", file(2), .content(file(1).content))])
        try fixture.commit([put("/workspace/g", file(3), .absent)])
        #expect(fixture.namespace.tree[path("/workspace/f")]?.content == file(2).content)
        #expect(fixture.namespace.tree[path("/workspace/g")]?.content == file(3).content)
    }

    @Test func moreChangesThanASetHoldsAreRefused() throws {
        let fixture = try NamespaceFixture()
        let changes = (0..<Limits.changesPerSetMax).map { put("/workspace/n\($0)", file(0)) }
        #expect(try fixture.namespace.resolve(changes).changes.count == Limits.changesPerSetMax)
        // One parent directory makes it one too many.
        let deeper = changes.dropLast() + [put("/workspace/x/y", file(0))]
        let error = #expect(throws: NamespaceError.self) { try fixture.namespace.resolve(Array(deeper)) }
        #expect(error?.code == .tooManyEntries)
    }

    @Test func setsThatDoNotFitIntoALogEntryAreRefused() throws {
        let fixture = try NamespaceFixture()
        let name = String(repeating: "n", count: 3_000)
        let changes = (0..<1_500).map { put("/workspace/\(name)\($0)", file(0)) }
        let error = #expect(throws: NamespaceError.self) { try fixture.namespace.resolve(changes) }
        #expect(error?.code == .tooManyEntries)
    }

    @Test func movesThatWouldMakeAPathTooLongAreRefused() throws {
        var fixture = try NamespaceFixture()
        let name = String(repeating: "n", count: 4_080)
        try fixture.commit([put("/workspace/d/\(name)", file(0))])
        for changes in [
            [move("/workspace/d", "/workspace/a-longer-name")],
            [move("/workspace/d", "/workspace/a-longer-name"), delete("/workspace/a-longer-name")],
        ] {
            let error = #expect(throws: NamespaceError.self) { try fixture.namespace.resolve(changes) }
            #expect(error?.code == .invalidPath)
        }
        try fixture.commit([move("/workspace/d", "/meta/d")])
        #expect(fixture.namespace.tree[path("/meta/d/\(name)")] != nil)
    }

    @Test func setsOfAnotherStateAreRefusedWhole() throws {
        var fixture = try NamespaceFixture()
        let root = fixture.namespace.tree.root
        let set = try ChangeSet([put("/workspace/a", file(0)), put("/workspace/missing/b", file(0))])
        let error = #expect(throws: NamespaceError.self) {
            try fixture.namespace.apply(set, op: Op(1), timestampMicroseconds: 5)
        }
        #expect(error?.code == .notFound)
        #expect(fixture.namespace.tree.root == root)
    }

    @Test func timesBeyondNanosecondsSaturate() throws {
        var fixture = try NamespaceFixture()
        fixture.timestampMicroseconds = .max - 1
        try fixture.commit([put("/workspace/a", file(0))])
        #expect(fixture.namespace.tree[path("/workspace/a")]?.attributes.modifiedAtNanoseconds == .max)
    }
}
