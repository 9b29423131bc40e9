internal import Synchronization
internal import TarnCore
internal import TarnNode

/// What is being uploaded in several requests, by handle: known to the primary that opened it, and forgotten when it
/// stops or when nobody has touched it for long. A client whose handle is gone is told so, and begins again.
final class OpenUploads<Upload: Sendable>: Sendable {
    private struct Held: Sendable {
        let upload: Upload
        let owner: String
        var touchedAt: UInt64
    }

    private let uploads: Mutex<[UInt64: Held]> = Mutex([:])
    private let countMax: Int
    private let ownerCountMax: Int
    private let idleNanosecondsMax: UInt64

    init(countMax: Int, ownerCountMax: Int, idleSecondsMax: UInt64) {
        self.countMax = countMax
        self.ownerCountMax = ownerCountMax
        self.idleNanosecondsMax = idleSecondsMax * 1_000_000_000
    }

    /// Holds `upload` under a new handle that `owner` alone may use. Throws ``DatabricksError`` when too many are open.
    func open(_ upload: Upload, owner: String) throws -> UInt64 {
        let now = WallClock.monotonicNanoseconds()
        // Positive in the 64 bits that clients read it in, and exact as a double.
        let handle = UInt64.random(in: 1...(1 << 53 - 1))
        try self.uploads.withLock { uploads throws(DatabricksError) in
            // What is idle holds memory that somebody else could use.
            uploads = uploads.filter { now - $0.value.touchedAt < self.idleNanosecondsMax }
            guard uploads.count < self.countMax else {
                throw Self.tooMany("\(self.countMax) uploads are open")
            }
            guard uploads.count(where: { $0.value.owner == owner }) < self.ownerCountMax else {
                throw Self.tooMany("\(self.ownerCountMax) uploads of \(owner) are open")
            }
            uploads[handle] = Held(upload: upload, owner: owner, touchedAt: now)
        }
        return handle
    }

    private static func tooMany(_ what: String) -> DatabricksError {
        DatabricksError(429, "RESOURCE_EXHAUSTED", "\(what); close some, or try again later")
    }

    /// The upload behind a handle of `owner`, or nil.
    subscript(handle: UInt64, owner: String) -> Upload? {
        let now = WallClock.monotonicNanoseconds()
        return self.uploads.withLock { uploads in
            guard let held = uploads[handle], held.owner == owner,
                now - held.touchedAt < self.idleNanosecondsMax
            else { return nil }
            uploads[handle]?.touchedAt = now
            return held.upload
        }
    }

    func close(_ handle: UInt64) {
        self.uploads.withLock { _ = $0.removeValue(forKey: handle) }
    }
}
