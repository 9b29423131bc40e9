internal import Foundation
internal import Logging
internal import ServiceLifecycle
internal import TarnNode
internal import UnixSignals

/// Lets a drill set the node's clock off without touching the machine's: on SIGUSR1, the file that `TARN_DRILL_CLOCK`
/// names says by how many seconds. Without that variable there is no such thing, and nothing listens.
struct ClockShifter: Service {
    static let variable = "TARN_DRILL_CLOCK"
    private static let fileBytesMax = 32

    let file: String
    let logger: Logger

    init?(environment: [String: String], logger: Logger) {
        guard let file = environment[Self.variable], !file.isEmpty else { return nil }
        self.file = file
        self.logger = logger
    }

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sigusr1)
        for await _ in signals.cancelOnGracefulShutdown() {
            let data = FileHandle(forReadingAtPath: self.file).flatMap { try? $0.read(upToCount: Self.fileBytesMax) }
            let text = String(decoding: data ?? Data(), as: UTF8.self)
            guard let seconds = Int64(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
                self.logger.warning("clock not shifted", metadata: ["file": "\(self.file)"])
                continue
            }
            WallClock.shift(seconds: seconds)
            self.logger.warning("clock shifted for a drill", metadata: ["seconds": "\(seconds)"])
        }
    }
}
