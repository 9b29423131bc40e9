import Testing

@testable import TarnAPI

@Suite struct DocumentIDTests {
    @Test func `no two numbers are the same, however many are made at once`() async throws {
        let numbers = try await withThrowingTaskGroup(of: [UInt64].self) { group in
            for _ in 0..<4 {
                group.addTask { try (0..<2_000).compactMap { _ in UInt64(try DocumentID.number.make()) } }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(numbers.count == 8_000 && Set(numbers).count == 8_000)
        // Clients in JavaScript read them as they are.
        #expect(numbers.allSatisfy { $0 < 1 << 53 })
    }
}
