internal import Synchronization
internal import TarnCore

/// Counts the requests that are being answered and turns away those above the limit.
final class RequestGate: Sendable {
    private let inFlight = Atomic<Int>(0)
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    /// The right to answer one request, or nil when too many are being answered.
    func enter() -> RequestPermit? {
        guard self.inFlight.wrappingAdd(1, ordering: .relaxed).newValue <= self.limit else {
            self.leave()
            return nil
        }
        return RequestPermit(self)
    }

    /// Requests that are being answered.
    var inFlightCount: Int { self.inFlight.load(ordering: .relaxed) }

    fileprivate func leave() {
        self.inFlight.wrappingSubtract(1, ordering: .relaxed)
    }
}

/// The right to answer one request; given back when its last holder, which may be a streamed body, lets go of it.
final class RequestPermit: Sendable {
    private let gate: RequestGate

    fileprivate init(_ gate: RequestGate) {
        self.gate = gate
    }

    deinit {
        self.gate.leave()
    }
}
