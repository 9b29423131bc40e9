import Logging
import Synchronization

/// The messages of a log, for tests of what is said and how often.
final class RecordedLog: Sendable {
    private struct Handler: LogHandler {
        let record: RecordedLog
        var metadata: Logger.Metadata = [:]
        var logLevel: Logger.Level = .info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { self.metadata[key] }
            set { self.metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            self.record.messages.withLock { $0.append(event.message.description) }
        }
    }

    private let messages = Mutex<[String]>([])

    var logger: Logger { Logger(label: "tests") { _ in Handler(record: self) } }

    /// How often `message` was logged.
    func count(of message: String) -> Int {
        self.messages.withLock { $0.count { $0 == message } }
    }
}
