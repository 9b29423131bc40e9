internal import Synchronization
internal import TarnCore

/// Makes request ids for clients that send none: one client name for each start of the process, numbers from 1.
final class RequestNumbers: Sendable {
    private let client: String
    private let last = Atomic<UInt64>(0)

    /// `seed` makes the client's name: a random number, so that no two processes share one.
    init(seed: UInt64) {
        self.client = "api-\(String(seed, radix: 16))"
    }

    func next() throws(CoreError) -> RequestID {
        try RequestID(client: self.client, number: self.last.wrappingAdd(1, ordering: .relaxed).newValue)
    }
}
