import TarnCore
import TarnCrypto
import TarnNode
import TarnTestKit
import Testing

@testable import TarnAPI

/// Parts of an upload become the file that their numbers say, however they arrive.
@Suite struct UploadSessionTests {
    private static let budget = ByteBudget(bytesMax: Limits.openUploadBytesMax)

    private static func part(_ bytes: [UInt8], _ node: FakeNode) async throws -> Entry {
        let content = ChunkedContent(node: node, budget: Self.budget)
        try await content.append(bytes)
        return try await content.finish()
    }

    private static func session(_ node: FakeNode) throws -> UploadSession {
        UploadSession(
            node: node,
            budget: Self.budget,
            path: try NamespacePath("/volumes/a/b/c/f"),
            isOverwriting: true
        )
    }

    @Test(arguments: [UInt64(1), 2, 3, 4, 5, 6])
    func partsInAnyOrderMakeTheFile(_ seed: UInt64) async throws {
        try await APITest.withNode { node in
            var random = SplitMix64(seed: seed)
            let sizes = (0..<5).map { _ in Int.random(in: 1...(5 << 20), using: &random) }
            let parts = sizes.map { random.bytes($0) }
            let session = try Self.session(node)
            for index in parts.indices.shuffled(using: &random) {
                await session.take(try await Self.part(parts[index], node), number: index + 1)
            }
            let entry = try await session.joined(Array(1...parts.count))
            let whole = Array(parts.joined())
            #expect(entry.content == SHA256.digest(whole), "seed \(seed)")
            #expect(entry.size == UInt64(whole.count), "seed \(seed)")
            // A client that got no answer asks again.
            #expect(try await session.joined(Array(1...parts.count)) == entry, "seed \(seed)")
        }
    }

    @Test func whatWasJoinedTooEarlyIsJoinedAnew() async throws {
        try await APITest.withNode { node in
            let session = try Self.session(node)
            for number in 1...3 { await session.take(try await Self.part([UInt8(number)], node), number: number) }
            // The second part is sent once more with another content, and then the last one is left out.
            await session.take(try await Self.part([9], node), number: 2)
            #expect(try await session.joined([1, 2, 3]).content == SHA256.digest([1, 9, 3]))
            #expect(try await session.joined([1, 2]).content == SHA256.digest([1, 9]))
            #expect(try await session.joined([1, 3]).content == SHA256.digest([1, 3]))
        }
    }

    @Test func aFailureWhileJoiningCostsNothingButTime() async throws {
        try await APITest.withNode { node in
            let session = try Self.session(node)
            let large = [UInt8](repeating: 7, count: 5 << 20)
            let first = try await Self.part(large, node)
            let second = try await Self.part([2], node)
            node.fail { $0.blob = NodeError(.unavailable, "no") }
            await session.take(first, number: 1)
            node.fail { $0.blob = nil }
            await session.take(second, number: 2)
            #expect(try await session.joined([1, 2]).content == SHA256.digest(large + [2]))
        }
    }

    @Test func aBlockThatFailedIsNotAppendedTwice() async throws {
        try await APITest.withNode { node in
            let content = ChunkedContent(node: node, budget: Self.budget)
            node.fail { $0.put = NodeError(.unavailable, "no") }
            await #expect(throws: NodeError.self) { try await content.append([UInt8](repeating: 1, count: 5 << 20)) }
            node.fail { $0.put = nil }
            let again = await #expect(throws: DatabricksError.self) { try await content.append([1]) }
            #expect(again?.message.contains("from its beginning") == true)
            await #expect(throws: DatabricksError.self) { try await content.finish() }
        }
    }

    @Test func anEndThatFailedMayBeAskedForAgain() async throws {
        try await APITest.withNode { node in
            let content = ChunkedContent(node: node, budget: Self.budget)
            try await content.append([1, 2])
            node.fail { $0.put = NodeError(.unavailable, "no") }
            await #expect(throws: NodeError.self) { try await content.finish() }
            node.fail { $0.put = nil }
            #expect(try await content.finish().content == SHA256.digest([1, 2]))
        }
    }

    @Test func whatWaitsInMemoryIsTakenFromTheBudgetAndGivenBack() async throws {
        try await APITest.withNode { node in
            let budget = ByteBudget(bytesMax: 10)
            var first: ChunkedContent? = ChunkedContent(node: node, budget: budget)
            let second = ChunkedContent(node: node, budget: budget)
            try await first?.append(Array(repeating: 1, count: 8))
            let error = await #expect(throws: DatabricksError.self) { try await second.append([1, 2, 3]) }
            #expect(error?.status == 429)
            #expect(budget.takenCount == 8)
            // A piece that was refused can be sent again.
            first = nil
            try await second.append([1, 2, 3])
            #expect(budget.takenCount == 3)
            #expect(try await second.finish().content == SHA256.digest([1, 2, 3]))
            #expect(budget.takenCount == 0)
        }
    }

    @Test func aWholeChunkWaitsNoMore() async throws {
        try await APITest.withNode { node in
            let budget = ByteBudget(bytesMax: 3 * Limits.chunkBytes)
            let content = ChunkedContent(node: node, budget: budget)
            for _ in 0..<4 { try await content.append(Array(repeating: 1, count: Limits.chunkBytes)) }
            #expect(budget.takenCount == Limits.chunkBytes)
            try await content.append([1, 2])
            #expect(budget.takenCount == 2)
            node.fail { $0.put = NodeError(.unavailable, "no") }
            _ = try? await content.append(Array(repeating: 1, count: Limits.chunkBytes))
            #expect(budget.takenCount == 0)
        }
    }

    @Test func anOwnerHasSoManyUploadsAndLeavesOthersTheirs() throws {
        let uploads = OpenUploads<Int>(countMax: 3, ownerCountMax: 2, idleSecondsMax: 60)
        let first = try uploads.open(1, owner: "ann")
        _ = try uploads.open(2, owner: "ann")
        let error = #expect(throws: DatabricksError.self) { try uploads.open(3, owner: "ann") }
        #expect(error?.status == 429)
        _ = try uploads.open(4, owner: "bob")
        #expect(throws: DatabricksError.self) { try uploads.open(5, owner: "eve") }
        uploads.close(first)
        _ = try uploads.open(6, owner: "ann")
    }
}
