internal import Synchronization
internal import TarnCore

/// Makes request ids for clients that send none.
///
/// Of one client the log remembers only the newest requests (``Limits/requestsPerClientMax``), and requests that are
/// under way together commit in any order: under one name, the slowest of a few hundred would count as forgotten. So
/// the ids go round many names, new ones for each start of the process, each with numbers from 1.
final class RequestNumbers: Sendable {
    /// Names in use: with 256 remembered requests each, 16,384 can be under way at once.
    static let clientsCount = 64

    private let clients: [String]
    private let last = Atomic<UInt64>(0)

    /// `seed` makes the clients' names: a random number, so that no two processes share one.
    init(seed: UInt64) {
        self.clients = (0..<Self.clientsCount).map { "api-\(String(seed, radix: 16))-\($0)" }
    }

    func next() throws(CoreError) -> RequestID {
        let count = self.last.wrappingAdd(1, ordering: .relaxed).oldValue
        let (round, client) = count.quotientAndRemainder(dividingBy: UInt64(self.clients.count))
        return try RequestID(client: self.clients[Int(client)], number: round + 1)
    }
}
