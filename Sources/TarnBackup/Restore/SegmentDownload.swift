internal import TarnClient
internal import TarnCore
internal import TarnStorage

/// Brings the segments of a backup into a data folder of their own, each proved against the hash that the backup names.
struct SegmentDownload: Sendable {
    /// Segments that are fetched at a time.
    private static let transfersInFlightMax = 3
    /// Digits of the number that a store calls a segment's file by.
    private static let numberDigitsCount = 8

    let store: any ObjectStore
    let root: BackupRoot
    /// The data folder; made here.
    let directory: String
    let tally: TransferTally

    /// Throws ``ClientError`` naming the first object that is missing or damaged.
    func run() async throws {
        let (directory, storage) = (self.directory, PosixStorage())
        try await BlockingWork.run {
            for folder in ["", "/segments", "/segments/small", "/segments/bulk"] {
                try storage.makeDirectory(directory + folder)
            }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            let segments = self.root.segments
            for segment in segments.prefix(Self.transfersInFlightMax) {
                group.addTask { try await self.fetch(segment) }
            }
            var waiting = segments.dropFirst(Self.transfersInFlightMax).makeIterator()
            while try await group.next() != nil {
                guard let segment = waiting.next() else { continue }
                group.addTask { try await self.fetch(segment) }
            }
        }
    }

    private func fetch(_ segment: BackupSegment) async throws {
        let digits = String(segment.number)
        let name = String(repeating: "0", count: max(0, Self.numberDigitsCount - digits.utf8.count)) + digits
        let path = "\(self.directory)/segments/\(segment.stream)/\(name).seg"
        let file = try await BlockingWork.run { try PosixStorage().open(path, .create) }
        let hash = RunningHash()
        let writer = SequentialFile(file)
        let isThere = try await self.store.read(segment.object) { bytes in
            try await BlockingWork.run {
                let offset = try writer.append(bytes, upTo: segment.bytesCount)
                hash.update(bytes, at: offset)
            }
            self.tally.note(bytes.count)
        }
        guard isThere else { throw ClientError(.failed, "object \(segment.object) is missing") }
        let digest = try await BlockingWork.run { hash.digest(bytesCount: segment.bytesCount) }
        guard let digest, digest == segment.content else {
            throw ClientError(
                .failed,
                "object \(segment.object) is damaged: it is not the \(segment.bytesCount) bytes that were backed up"
            )
        }
    }
}
