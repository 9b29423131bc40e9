internal import Dispatch
internal import Logging
internal import TarnCore
internal import TarnSegment
internal import TarnStorage

/// Reads a doubtful segment past every cache and makes suspect what the disk does not hold, so that it is fetched from
/// a peer.
final class SegmentAuditor: Sendable {
    private let files: SegmentFiles
    private let index: StoreIndex
    private let logger: Logger
    private let queue = DispatchQueue(label: "tarn.store.audit", qos: .utility)

    init(files: SegmentFiles, index: StoreIndex, logger: Logger) {
        self.files = files
        self.index = index
        self.logger = logger
    }

    /// Checks the segment up to `end` on a thread of its own.
    func audit(_ number: UInt32, _ stream: SegmentStream, end: Int) {
        self.files.poison(number)
        self.queue.async { self.run(number, stream, end: end) }
    }

    /// Returns once every audit asked for so far is done.
    func wait() async {
        await withCheckedContinuation { continuation in self.queue.async { continuation.resume() } }
    }

    private func run(_ number: UInt32, _ stream: SegmentStream, end: Int) {
        let path = self.files.path(number, stream)
        guard let file = (try? self.files.storage.open(path, .direct)) ?? (try? self.files.storage.open(path, .read))
        else {
            return
        }
        let source = FileSegmentSource(file, bytesCount: end)
        var intact: Set<UInt32> = []
        var scanner = SegmentScanner(source, segment: number, key: self.index.key, Checksums.self) { row, _ in
            intact.insert(row.offset)
        }
        _ = scanner.run()
        let lost = self.index.makeSuspect(in: number) { !intact.contains($0) }
        self.logger.notice(
            "poisoned segment read back",
            metadata: ["segment": "\(number)", "records": "\(intact.count)", "lost": "\(lost)"]
        )
    }
}
