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
        return RequestPermit { self.leave() }
    }

    /// Requests that are being answered.
    var inFlightCount: Int { self.inFlight.load(ordering: .relaxed) }

    private func leave() {
        self.inFlight.wrappingSubtract(1, ordering: .relaxed)
    }
}

/// The right to answer one request; given back when its last holder, which may be a streamed body, lets go of it.
final class RequestPermit: Sendable {
    private let giveBack: @Sendable () -> Void
    /// Another right that the same answer needs.
    private let other: RequestPermit?

    init(_ giveBack: @escaping @Sendable () -> Void) {
        self.giveBack = giveBack
        self.other = nil
    }

    /// Both rights as one.
    init(_ first: RequestPermit, _ second: RequestPermit) {
        self.giveBack = { _ = first }
        self.other = second
    }

    deinit {
        self.giveBack()
    }
}
