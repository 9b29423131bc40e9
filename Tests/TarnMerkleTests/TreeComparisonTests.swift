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

    @Test func `a range that ends before it begins holds nothing`() throws {
        var generator = NamespaceGenerator(seed: 11)
        let (model, tree) = generator.forest(count: 3_000)
        let keys = model.sorted.map(\.0.utf8)
        for index in stride(from: 1, to: keys.count - 300, by: 50) {
            let reversed = KeyRange(lower: keys[index + 300], upper: keys[index])
            let range = Frontier.Range(keys: reversed, digests: [])
            let entries = ComparisonReply.Entries(keys: reversed, entries: [], unmatched: [])
            let expected = ComparisonReply(content: .entries([entries]), resume: nil)
            #expect(tree.answer(.entries([range]), salt: 0) == expected)
            #expect(tree.answer(.frontier(Frontier(level: Frontier.entryLevel, ranges: [range])), salt: 0) == expected)
        }
    }

    @Test func `a message that is cut off is an error, and one that is damaged does no harm`() throws {
        var generator = NamespaceGenerator(seed: 10)
        let (_, one) = generator.forest(count: 900)
        let (_, other) = generator.forest(count: 900)
        var comparison = TreeComparison(one, salt: 0)
        var (questions, answers): ([[UInt8]], [[UInt8]]) = ([], [])
        while let request = comparison.next() {
            var writer = CanonicalWriter()
            request.encode(into: &writer)
            questions.append(writer.bytes)
            writer.removeAll()
            let reply = other.answer(request, salt: 0)
            reply.encode(into: &writer)
            answers.append(writer.bytes)
            try comparison.receive(reply)
        }
        #expect(questions.count > 1)
        for message in questions {
            for _ in 0..<200 {
                var cut = CanonicalReader(Self.cut(message, &generator))
                #expect(throws: CoreError.self) { try ComparisonRequest(from: &cut) }
                var damaged = CanonicalReader(Self.damaged(message, &generator))
                if let request = try? ComparisonRequest(from: &damaged) { _ = one.answer(request, salt: 0) }
            }
        }
        for message in answers {
            for _ in 0..<200 {
                var cut = CanonicalReader(Self.cut(message, &generator))
                #expect(throws: CoreError.self) { try ComparisonReply(from: &cut) }
                var damaged = CanonicalReader(Self.damaged(message, &generator))
                _ = try? ComparisonReply(from: &damaged)
            }
        }
    }

    @Test(arguments: 0...UInt8.max)
    func `a flag is 0 or 1`(flag: UInt8) throws {
        // Whether there is more to be asked for, and whether a range has an end; then no digests of anything.
        let resume: [UInt8]? = flag == 1 ? [] : nil
        let key: [UInt8] = flag == 1 ? [0] : []
        let answer: [UInt8] = [flag] + key + [0, 0, 0]
        let question: [UInt8] = [0, 0, 1, 0, 0, flag] + key + key + [0]
        var reply = CanonicalReader(answer)
        var request = CanonicalReader(question)
        if flag <= 1 {
            let found = try ComparisonReply(from: &reply)
            #expect(found.resume == resume)
            _ = try ComparisonRequest(from: &request)
            try reply.expectEnd()
            try request.expectEnd()
        } else {
            #expect(throws: CoreError.self) { try ComparisonReply(from: &reply) }
            #expect(throws: CoreError.self) { try ComparisonRequest(from: &request) }
        }
    }

    private static func cut(_ message: [UInt8], _ generator: inout NamespaceGenerator) -> [UInt8] {
        Array(message.prefix(generator.random.below(message.count)))
    }

    /// With one byte that is another, and perhaps without its end.
    private static func damaged(_ message: [UInt8], _ generator: inout NamespaceGenerator) -> [UInt8] {
        var bytes = message
        bytes[generator.random.below(bytes.count)] ^= UInt8(generator.random.within(1...255))
        return generator.random.chance(percent: 30) ? Self.cut(bytes, &generator) : bytes
    }
}
