package import TarnCore
internal import TarnSegment

extension BlobStore {
    private static let blobsPerJob = 256
    private static let entriesPerJob = 256

    /// Decodes and re-hashes every blob and log entry, on as many threads as there are workers, and returns what is
    /// damaged with the reason: a log entry under its header hash, a blob whose record no longer says which it was
    /// under ``Digest/zero``. What is damaged is not present any more. Progress is in raw bytes, done and in all.
    package func verifyAll(progress: @Sendable (UInt64, UInt64) -> Void) async throws -> [(BlobAddress, String)] {
        let ordinals = self.index.ordinalsByPlace()
        let log = self.log
        let total = self.statistics().rawBytesCount
        // Whatever is decoded as a base comes from the disk, not from what was decoded before.
        let cache = DecodedCache(bytesMax: Limits.verifyCacheBytesMax)
        var done: UInt64 = 0
        var bad: [(BlobAddress, String)] = []
        progress(0, total)
        try await withThrowingTaskGroup(of: VerifyPart.self) { group in
            var jobs: [@Sendable (BlobDecoder) throws -> VerifyPart] = stride(
                from: 0,
                to: ordinals.count,
                by: Self.blobsPerJob
            ).map {
                let part = ordinals[$0..<min($0 + Self.blobsPerJob, ordinals.count)]
                return { try $0.verify(ordinals: part) }
            }
            if let first = log.first {
                jobs += stride(from: first.number, through: log.head.number, by: Self.entriesPerJob).map { start in
                    let end = min(start + UInt64(Self.entriesPerJob) - 1, log.head.number)
                    return { $0.verify(ops: start...end) }
                }
            }
            var next = jobs.makeIterator()
            for _ in 0..<(2 * self.pool.workerCount) {
                guard let job = next.next() else { break }
                group.addTask { try await self.withDecoder(.bulk, cache: cache, job) }
            }
            while let part = try await group.next() {
                bad += part.bad
                done += part.bytesCount
                progress(min(done, total), total)
                if let job = next.next() { group.addTask { try await self.withDecoder(.bulk, cache: cache, job) } }
            }
        }
        return bad.sorted { $0.0 < $1.0 }
    }
}

/// What one job of a verification found.
private struct VerifyPart: Sendable {
    var bytesCount: UInt64 = 0
    var bad: [(BlobAddress, String)] = []
}

extension BlobDecoder {
    fileprivate func verify(ordinals: ArraySlice<UInt32>) throws -> VerifyPart {
        var part = VerifyPart()
        for ordinal in ordinals {
            guard let slot = self.index.slot(at: UInt64(ordinal)) else { continue }
            part.bytesCount += UInt64(slot.rawBytesCount)
            do {
                _ = try self.verify(ordinal: UInt64(ordinal), slot)
            } catch let error as StoreError where error.code == .corrupt {
                part.bad.append((error.address ?? .zero, error.message))
            }
        }
        return part
    }

    fileprivate func verify(ops: ClosedRange<UInt64>) -> VerifyPart {
        var part = VerifyPart()
        for op in ops {
            guard let version = self.version(at: Op(op)) else { continue }
            do {
                _ = try self.entry(Op(op), version)
            } catch {
                part.bad.append((version.hash, "\(error)"))
            }
        }
        return part
    }
}
