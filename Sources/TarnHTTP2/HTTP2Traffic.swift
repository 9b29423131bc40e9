internal import Synchronization

/// Counts what goes over a class of connections, before encryption. Shared by every connection of the class.
package final class HTTP2Traffic: Sendable {
    private let sent = Atomic<UInt64>(0)
    private let received = Atomic<UInt64>(0)

    package init() {}

    package var sentBytesCount: UInt64 { self.sent.load(ordering: .relaxed) }
    package var receivedBytesCount: UInt64 { self.received.load(ordering: .relaxed) }

    func addSent(_ count: Int) {
        self.sent.wrappingAdd(UInt64(count), ordering: .relaxed)
    }

    func addReceived(_ count: Int) {
        self.received.wrappingAdd(UInt64(count), ordering: .relaxed)
    }
}
