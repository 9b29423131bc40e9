import TarnCore
import Testing

@testable import TarnAPI

@Suite
struct RequestNumbersTests {
    /// What the log remembers of one client; see `ClientTable`.
    private static let rememberedCount = 256

    @Test("Sixteen thousand requests under way at once stay within what the log remembers of a client")
    func spreadOverClients() throws {
        let numbers = RequestNumbers(seed: 7)
        for _ in 0..<1_000 { _ = try numbers.next() }
        let ids = try (0..<RequestNumbers.clientsCount * Self.rememberedCount).map { _ in try numbers.next() }
        #expect(Set(ids).count == ids.count)
        let byClient = Dictionary(grouping: ids, by: \.client)
        #expect(byClient.values.allSatisfy { $0.count <= Self.rememberedCount })
        for requests in byClient.values {
            #expect(requests.map(\.number) == requests.map(\.number).sorted())
        }
    }

    @Test("Two processes share no client")
    func seeds() throws {
        let (first, second) = (RequestNumbers(seed: 1), RequestNumbers(seed: 2))
        let names = try (0..<200).map { _ in (try first.next().client, try second.next().client) }
        #expect(Set(names.map(\.0)).isDisjoint(with: Set(names.map(\.1))))
    }
}
