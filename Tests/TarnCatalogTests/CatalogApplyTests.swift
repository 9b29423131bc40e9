import Foundation
import TarnCore
import TarnTestKit
import Testing

@testable import TarnCatalog

@Suite("Applying ops")
struct CatalogApplyTests {
    @Test("ops are applied once and without gaps")
    func order() async throws {
        let fixture = try await CatalogFixture(isSearchEnabled: false)
        #expect(fixture.catalog.appliedOp == nil)
        #expect(await code { _ = try await fixture.rows("SELECT 1") } == .busy)
        let file = try fixture.content.file([1], at: "/workspace/a")
        let ops = try (0..<4).map { try fixture.nextOp([("/workspace", .directory()), ("/workspace/a\($0)", file)]) }
        try await fixture.catalog.apply([ops[0]])
        #expect(await code { try await fixture.catalog.apply([ops[2]]) } == .gap)
        #expect(await code { try await fixture.catalog.apply([ops[1], ops[3]]) } == .gap)
        #expect(fixture.catalog.appliedOp == Op(0))
        try await fixture.catalog.apply(ops)
        try await fixture.catalog.apply([ops[0], ops[1]])
        try await fixture.catalog.apply([])
        #expect(fixture.catalog.appliedOp == Op(3))
        #expect(try await fixture.rows("SELECT count(*) FROM entries") == [[.integer(5)]])
        #expect(try await fixture.rows("SELECT count(*) FROM change_sets") == [[.integer(4)]])
    }

    @Test("an empty catalog does not begin in the middle")
    func beginning() async throws {
        let fixture = try await CatalogFixture(isSearchEnabled: false)
        for _ in 0..<2 { _ = try fixture.nextOp([]) }
        let third = try fixture.nextOp([])
        #expect(await code { try await fixture.catalog.apply([third]) } == .gap)
    }

    @Test("ops of one batch that touch the same path leave the last state")
    func overlap() async throws {
        let fixture = try await CatalogFixture(isSearchEnabled: false)
        let one = try fixture.content.file([1], at: "/workspace/a")
        let two = try fixture.content.file([1, 2], at: "/workspace/a")
        try await fixture.catalog.apply([
            try fixture.nextOp([("/workspace", .directory()), ("/workspace/d", .directory()), ("/workspace/d/a", one)]),
            try fixture.nextOp([("/workspace/d/a", nil), ("/workspace/d", nil)]),
            try fixture.nextOp([("/workspace/d", .directory()), ("/workspace/d/a", two), ("/workspace/x", one)]),
            try fixture.nextOp([("/workspace/x", nil)]),
        ])
        #expect(
            try await fixture.rows("SELECT path, size FROM entries ORDER BY path") == [
                [.text("/workspace"), .integer(0)], [.text("/workspace/d"), .integer(0)],
                [.text("/workspace/d/a"), .integer(2)],
            ]
        )
    }

    @Test("a moved subtree is found at its new place alone")
    func move() async throws {
        let fixture = try await CatalogFixture(isSearchEnabled: false)
        try await fixture.put([("/workspace/old/a", "1"), ("/workspace/old/deep/b", "2")])
        let moved = fixture.entries.filter { $0.key.string.hasPrefix("/workspace/old") }.sorted { $0.key < $1.key }
        var changes: [(String, Entry?)] = moved.map { ($0.key.string, nil) }
        changes += moved.map { ($0.key.string.replacingOccurrences(of: "/old", with: "/neü"), $0.value) }
        try await fixture.apply(changes)
        #expect(
            try await fixture.texts("SELECT path FROM entries ORDER BY path") == [
                "/workspace", "/workspace/neü", "/workspace/neü/a", "/workspace/neü/deep", "/workspace/neü/deep/b",
            ]
        )
        #expect(try await fixture.texts("SELECT name FROM entries WHERE parent = '/workspace/neü/deep'") == ["b"])
        #expect(try await fixture.rows("SELECT name FROM entries WHERE parent = '/workspace/old'").isEmpty)
    }

    @Test("whoever applies ops rests until somebody asks, and does not miss who asked before")
    func resting() async throws {
        let fixture = try await CatalogFixture(isSearchEnabled: false)
        let catalog = fixture.catalog
        try await fixture.apply([])
        let before = catalog.questionsCount
        await catalog.rest(milliseconds: 10, unlessAskedSince: before)
        #expect(catalog.questionsCount == before)
        _ = try await catalog.query("SELECT 1")
        #expect(catalog.questionsCount > before)
        // Longer than the suite may take: it returns because of the question.
        await catalog.rest(milliseconds: 3_600_000, unlessAskedSince: before)
        let now = catalog.questionsCount
        async let rested: Void = catalog.rest(milliseconds: 3_600_000, unlessAskedSince: now)
        #expect(try await !catalog.wait(for: Op(9), deadlineMilliseconds: 10))
        await rested
        async let closed: Void = catalog.rest(milliseconds: 3_600_000, unlessAskedSince: catalog.questionsCount)
        try await catalog.close()
        await closed
    }

    @Test("waiting ends with the op, the deadline or the cancellation")
    func waiting() async throws {
        let fixture = try await CatalogFixture(isSearchEnabled: false)
        let catalog = fixture.catalog
        #expect(try await !catalog.wait(for: Op(0), deadlineMilliseconds: 10))
        let op = try fixture.nextOp([])
        async let isApplied = catalog.wait(for: Op(0), deadlineMilliseconds: 60_000)
        try await catalog.apply([op])
        #expect(try await isApplied)
        #expect(try await catalog.wait(for: Op(0), deadlineMilliseconds: 0))
        await #expect(throws: CancellationError.self) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = try await catalog.wait(for: Op(9), deadlineMilliseconds: 60_000) }
                group.cancelAll()
                try await group.waitForAll()
            }
        }
        async let closed = code { _ = try await catalog.wait(for: Op(9), deadlineMilliseconds: 60_000) }
        try await catalog.close()
        #expect(await closed == .closed)
        #expect(await code { _ = try await catalog.query("SELECT 1") } == .closed)
    }

    @Test(
        "random ops leave what the naive model holds, and a rebuild gives the same views",
        arguments: [1, 2, 3, 4] as [UInt64]
    )
    func randomOps(seed: UInt64) async throws {
        var generator = NamespaceGenerator(seed: seed)
        let fixture = try await CatalogFixture(isSearchEnabled: false)
        for _ in 0..<12 {
            var ops: [AppliedOp] = []
            for _ in 0..<generator.random.within(1...3) { ops.append(try self.randomOp(&generator, on: fixture)) }
            try await fixture.catalog.apply(ops)
        }
        let comment: Comment = "seed \(seed)"
        let paths = fixture.entries.keys.sorted().map(\.string)
        #expect(try await fixture.texts("SELECT path FROM entries ORDER BY path") == paths, comment)
        let incremental = try await fixture.contents()

        let rebuilt = try await CatalogFixture(isSearchEnabled: false)
        let sorted = fixture.entries.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        let batches = AsyncStream<[(NamespacePath, Entry)]> { stream in
            for start in stride(from: 0, to: sorted.count, by: 7) { stream.yield(Array(sorted[start...].prefix(7))) }
            stream.finish()
        }
        let header = try #require(fixture.headers.last)
        try await rebuilt.catalog.rebuild(at: header, entries: batches, history: fixture.headers)
        #expect(rebuilt.catalog.appliedOp == header.op)
        let again = try await rebuilt.contents()
        for (view, rows) in incremental {
            #expect(again[view] == rows, "\(view), seed \(seed)")
        }
    }

    /// Puts random files with their directories, and deletes some subtrees.
    private func randomOp(_ generator: inout NamespaceGenerator, on fixture: CatalogFixture) throws -> AppliedOp {
        var changes: [NamespacePath: Entry?] = [:]
        func present(_ path: NamespacePath) -> Entry? { changes[path] ?? fixture.entries[path] }
        for path in fixture.entries.keys.sorted() where path.depth > 1 && generator.random.chance(percent: 10) {
            for victim in fixture.entries.keys where victim == path || path.isAncestor(of: victim) {
                changes[victim] = .some(nil)
            }
        }
        adding: for _ in 0..<10 {
            let path = generator.path()
            var ancestors: [NamespacePath] = []
            var next = path.parent
            while let ancestor = next, ancestor != .root {
                if let entry = present(ancestor), !entry.isDirectory { continue adding }
                ancestors.append(ancestor)
                next = ancestor.parent
            }
            if let entry = present(path), entry.isDirectory { continue }
            for ancestor in ancestors where present(ancestor) == nil { changes[ancestor] = .some(.directory()) }
            changes[path] = .some(generator.file())
        }
        return try fixture.nextOp(changes.map { ($0.key.string, $0.value) })
    }
}
