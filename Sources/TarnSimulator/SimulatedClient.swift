internal import TarnCore

/// A client that asks for one thing after the other and never gives up on any of them.
struct SimulatedClient: Sendable {
    enum State: Sendable {
        case idle
        /// Wants this set ordered; sends it again, with the same number, until it knows what became of it.
        case writing(changes: [Change], member: Int?, since: UInt64)
        /// Waits for a linearizable read that must show at least `floor`.
        case reading(nonce: UInt64, floor: Op, member: Int, since: UInt64)
    }

    let index: Int
    var state = State.idle
    var number: UInt64 = 0
    /// Whom it asks first.
    var member = 0
    var restsUntil: UInt64 = 0

    init(index: Int) {
        self.index = index
    }

    var request: RequestID { Self.request("client\(self.index)", self.number) }

    static func request(_ client: String, _ number: UInt64) -> RequestID {
        do throws(CoreError) {
            return try RequestID(client: client, number: number)
        } catch {
            preconditionFailure("client name of the simulation: \(error)")
        }
    }
}
