internal import TarnCore
internal import TarnCrypto

/// Reads the content of one file in ranges of a chunk each, a few under way at a time, and verifies the SHA-256 of all
/// of it.
struct RangeReader: Sendable {
    let client: TarnHTTPClient
    let path: NamespacePath
    let entry: Entry
    /// The op to read at, so that all ranges are of one content.
    let op: Op
    var patienceMilliseconds = Limits.clientPatienceMilliseconds

    /// Gives the content in order to `receive`. Throws with code `failed` when it is not what the entry says; what was
    /// received is then worth nothing.
    func read(receive: @Sendable ([UInt8]) async throws -> Void) async throws {
        guard self.entry.size > 0 else { return }
        let count = Manifest.chunkCount(size: self.entry.size)
        let hasher = StreamHasher()
        var arrived: [Int: [UInt8]] = [:]
        try await withThrowingTaskGroup(of: (Int, [UInt8]).self) { group in
            var started = 0
            var next = 0
            while next < count {
                while started < count, started < next + Limits.rangesInFlightMax {
                    let index = started
                    group.addTask { (index, try await self.range(index)) }
                    started += 1
                }
                guard let (index, bytes) = try await group.next() else { return }
                arrived[index] = bytes
                while let bytes = arrived.removeValue(forKey: next) {
                    try await BlockingWork.run { hasher.update(bytes) }
                    try await receive(bytes)
                    next += 1
                }
            }
        }
        guard hasher.finish() == self.entry.content else {
            throw ClientError.wrongContent(self.path, self.entry.content)
        }
    }

    private func range(_ index: Int) async throws -> [UInt8] {
        let start = UInt64(index) * UInt64(Limits.chunkBytes)
        let end = min(start + UInt64(Limits.chunkBytes), self.entry.size)
        let isWhole = start == 0 && end == self.entry.size
        var request = TransportRequest(
            .get,
            PercentEncoding.target("/v1/content", self.path, query: [("at", self.op.description)]),
            headers: isWhole ? [] : [("Range", "bytes=\(start)-\(end - 1)")],
            deadlineMilliseconds: Limits.clientDeadlineMilliseconds
        )
        request.expectedBytesCount = Int(end - start)
        request.patienceMilliseconds = self.patienceMilliseconds
        let answer = try await self.client.read(request)
        guard answer.body.count == Int(end - start) else {
            throw ClientError(
                .failed,
                "\(self.path): \(answer.body.count) bytes came where \(end - start) were asked for"
            )
        }
        return answer.body
    }
}
