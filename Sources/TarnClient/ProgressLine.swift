internal import Synchronization

/// One line on a terminal that is written over as a transfer goes on: how far, how fast, how long still.
package final class ProgressLine: Sendable {
    private struct State {
        var lastShown: ContinuousClock.Instant
        var isShown = false
    }

    /// Nothing is shown before this, so that short commands stay silent, and not more often.
    private static let interval = Duration.milliseconds(200)
    private static let silence = Duration.seconds(1)

    private let start = ContinuousClock.now
    private let verb: String
    private let write: @Sendable (String) -> Void
    private let state: Mutex<State>

    /// `write` gets text for the terminal.
    package init(_ verb: String, write: @escaping @Sendable (String) -> Void) {
        self.verb = verb
        self.write = write
        self.state = Mutex(State(lastShown: ContinuousClock.now))
    }

    package func show(_ progress: TransferProgress) {
        let now = ContinuousClock.now
        guard self.start.duration(to: now) > Self.silence else { return }
        let isDue = self.state.withLock { state in
            guard state.lastShown.duration(to: now) > Self.interval else { return false }
            state.lastShown = now
            state.isShown = true
            return true
        }
        guard isDue else { return }
        let elapsed = self.start.duration(to: now).components
        let seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18
        self.write("\r\u{1b}[K\(Self.text(self.verb, progress, seconds: seconds))")
    }

    /// Clears the line.
    package func finish() {
        let isShown = self.state.withLock { exchange(&$0.isShown, with: false) }
        if isShown { self.write("\r\u{1b}[K") }
    }

    static func text(_ verb: String, _ progress: TransferProgress, seconds: Double) -> String {
        let rate = Double(progress.bytesDone) / max(seconds, 0.001)
        let left = progress.bytesCount - min(progress.bytesDone, progress.bytesCount)
        var text = "\(verb) \(HumanText.count(UInt64(progress.filesDone))) of "
        text += "\(HumanText.plural(progress.filesCount, "file")), \(HumanText.bytes(progress.bytesDone)) of "
        text += "\(HumanText.bytes(progress.bytesCount)), \(HumanText.bytes(UInt64(rate)))/s"
        if rate > 0 { text += ", \(HumanText.seconds(Double(left) / rate)) left" }
        return text
    }
}
