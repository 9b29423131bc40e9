internal import CTarn

/// An open descriptor with one owner, closed when the owner goes away.
struct FileDescriptor: ~Copyable, Sendable {
    let number: Int32

    init(_ number: Int32) {
        precondition(number >= 0, "descriptor \(number)")
        self.number = number
    }

    deinit {
        // Nothing can be done about a failing close: what had to be durable was synchronized before.
        _ = tarn_close(self.number)
    }
}
