/// One request of a client to a register, as the client saw it.
package struct RegisterOperation: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case write(String)
        /// With the value that the client got; nil when the register had none.
        case read(String?)
    }

    package let client: Int
    package let kind: Kind
    /// When the request left, by one clock for all clients.
    package let start: UInt64
    /// When the answer came, or nil when it is open whether the request ever took effect.
    package let end: UInt64?

    package init(client: Int, kind: Kind, start: UInt64, end: UInt64?) {
        self.client = client
        self.kind = kind
        self.start = start
        self.end = end
    }
}
