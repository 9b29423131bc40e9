import TarnCore
import TarnMerkle
import TarnTestKit
import Testing

/// Two replicas that find out where they differ, by messages alone.
@Suite struct TreeComparisonTests {
    /// What a comparison found, and what it cost.
    struct Run {
        var differences: [Difference] = []
        var roundsCount = 0
        var bytesCount = 0
    }

    static func compare<H>(_ one: MerkleTree<H>, _ other: MerkleTree<H>, salt: UInt64 = 3) throws -> Run {
        var comparison = TreeComparison(one, salt: salt)
        var run = Run()
        while let request = comparison.next() {
            var writer = CanonicalWriter()
            request.encode(into: &writer)
            run.bytesCount += writer.bytes.count
            var reader = CanonicalReader(writer.bytes)
            let asked = try ComparisonRequest(from: &reader)
            try reader.expectEnd()
            #expect(asked == request)
            writer.removeAll()
            let reply = other.answer(asked, salt: salt)
            reply.encode(into: &writer)
            run.bytesCount += writer.bytes.count
            reader = CanonicalReader(writer.bytes)
            let answer = try ComparisonReply(from: &reader)
            try reader.expectEnd()
            #expect(answer == reply)
            try comparison.receive(answer)
        }
        run.roundsCount = comparison.roundsCount
        run.differences = comparison.differences.sorted { $0.path < $1.path }
        return run
    }

    @Test(arguments: 0..<30)
    func `messages find the differences that the trees have`(seed: Int) throws {
        var generator = NamespaceGenerator(seed: UInt64(seed))
        let (old, oldTree) = generator.forest(count: generator.random.below(seed < 5 ? 20_000 : 3_000))
        var new = old
        var newTree = oldTree
        for _ in 0..<generator.random.within(1...4) {
            let edits = generator.edits(count: generator.random.within(1...300), of: new)
            new.apply(edits)
            newTree.apply(edits)
        }
        let salt = generator.random.next()
        #expect(try Self.compare(oldTree, newTree, salt: salt).differences == Tree.diff(oldTree, newTree), "\(seed)")
        #expect(try Self.compare(newTree, oldTree, salt: salt).differences == Tree.diff(newTree, oldTree), "\(seed)")
    }

    @Test func `everything and nothing are compared, too`() throws {
        var generator = NamespaceGenerator(seed: 1)
        let empty = Tree(boundaryKey: testBoundaryKey)
        for count in [1, 2, 40, 3_000] {
            let (_, tree) = generator.forest(count: count)
            #expect(try Self.compare(empty, tree).differences == Tree.diff(empty, tree), "\(count)")
            #expect(try Self.compare(tree, empty).differences == Tree.diff(tree, empty), "\(count)")
            #expect(try Self.compare(tree, tree).differences.isEmpty)
        }
        let (_, one) = generator.forest(count: 5_000)
        let (_, other) = generator.forest(count: 7)
        #expect(try Self.compare(one, other).differences == Tree.diff(one, other))
        #expect(try Self.compare(other, one).differences == Tree.diff(other, one))
    }

    @Test func `what does not fit into one message is asked for again`() throws {
        func tree(_ count: Int, size: UInt64) throws -> Tree {
            let entry = try Entry.file(content: PureSHA256.digest([UInt8(size)]), size: size)
            let paths = (0..<count).map { path("/workspace/\(1_000_000 + $0)") }
            return Tree(boundaryKey: testBoundaryKey, sorted: paths.map { ($0, entry) })
        }
        let (one, other) = (try tree(150_000, size: 1), try tree(140_000, size: 2))
        let run = try Self.compare(one, other)
        #expect(run.differences.count == 150_000)
        #expect(run.roundsCount > 4)
        var repaired = one
        repaired.apply(run.differences.map { TreeEdit(path: $0.path, entry: $0.new) })
        #expect(repaired.root == other.root)
    }

    @Test func `an answer that does not fit its question is refused`() throws {
        var generator = NamespaceGenerator(seed: 9)
        let (_, tree) = generator.forest(count: 2_000)
        let empty = ComparisonReply(content: .entries([]), resume: nil)
        var comparison = TreeComparison(tree, salt: 0)
        #expect(throws: CoreError.self) { try comparison.receive(empty) }
        _ = comparison.next()
        #expect(throws: CoreError.self) { try comparison.receive(empty) }
        _ = comparison.next()
        let nothing = ComparisonReply(content: .frontier(Frontier(level: 0, ranges: [])), resume: [])
        #expect(throws: CoreError.self) { try comparison.receive(nothing) }
    }

    @Test func `damaged messages are errors, whatever the damage`() throws {
        var generator = NamespaceGenerator(seed: 10)
        let (_, one) = generator.forest(count: 900)
        let (_, other) = generator.forest(count: 900)
        var comparison = TreeComparison(one, salt: 0)
        var messages: [[UInt8]] = []
        while let request = comparison.next() {
            var writer = CanonicalWriter()
            let reply = other.answer(request, salt: 0)
            reply.encode(into: &writer)
            messages.append(writer.bytes)
            try comparison.receive(reply)
        }
        for message in messages {
            for _ in 0..<200 {
                var bytes = message
                bytes[generator.random.below(bytes.count)] ^= UInt8(generator.random.within(1...255))
                if generator.random.chance(percent: 30) { bytes.removeLast(generator.random.below(bytes.count)) }
                var reader = CanonicalReader(bytes)
                _ = try? ComparisonReply(from: &reader)
                reader = CanonicalReader(bytes)
                if let request = try? ComparisonRequest(from: &reader) { _ = one.answer(request, salt: 0) }
            }
        }
    }
}
