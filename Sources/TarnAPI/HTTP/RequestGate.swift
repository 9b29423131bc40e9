internal import HTTPTypes
internal import Synchronization
internal import TarnCore
internal import TarnNode

/// Counts the requests that are being answered, and the bytes of their bodies that are in memory, and turns away those
/// above the limits.
final class RequestGate: Sendable {
    private let inFlight = Atomic<Int>(0)
    /// Bytes of bodies.
    fileprivate let bodies: ByteBudget
    private let limit: Int

    init(limit: Int, bodyBytesMax: Int = Limits.apiBodyBytesMax) {
        self.limit = limit
        self.bodies = ByteBudget(bytesMax: bodyBytesMax)
    }

    /// The right to answer one request, or nil when too many are being answered.
    func enter() -> RequestPermit? {
        guard self.inFlight.wrappingAdd(1, ordering: .relaxed).newValue <= self.limit else {
            self.leave()
            return nil
        }
        return RequestPermit(holding: self)
    }

    /// Requests that are being answered.
    var inFlightCount: Int { self.inFlight.load(ordering: .relaxed) }

    fileprivate func leave() {
        self.inFlight.wrappingSubtract(1, ordering: .relaxed)
    }
}

/// The right to answer one request; given back when its last holder, which may be a streamed body, lets go of it.
final class RequestPermit: Sendable {
    private let giveBack: @Sendable () -> Void
    private let gate: RequestGate?
    /// Bytes of the request's body that the gate counts.
    private let bodyBytes = Atomic<Int>(0)

    init(_ giveBack: @escaping @Sendable () -> Void) {
        self.giveBack = giveBack
        self.gate = nil
    }

    /// The right that `gate` gave.
    fileprivate init(holding gate: RequestGate) {
        self.giveBack = { gate.leave() }
        self.gate = gate
    }

    /// Both rights as one.
    init(_ first: RequestPermit, _ second: RequestPermit) {
        self.giveBack = { [second] in _ = (first, second) }
        self.gate = first.gate
    }

    /// Takes room for `count` bytes of the body, which is given back with the permit. Throws ``Problem`` `RATE_LIMITED`
    /// when the bodies in memory are as many as the node takes.
    func reserve(bodyBytes count: Int) throws(Problem) {
        guard let gate = self.gate else { return }
        guard gate.bodies.take(count) else {
            throw Problem(
                .rateLimited,
                "the node holds as many bytes of requests as it takes",
                headers: [.retryAfter: "1"]
            )
        }
        self.bodyBytes.wrappingAdd(count, ordering: .relaxed)
    }

    deinit {
        self.gate?.bodies.giveBack(self.bodyBytes.load(ordering: .relaxed))
        self.giveBack()
    }
}
