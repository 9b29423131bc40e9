internal import Synchronization
internal import TarnCore
internal import TarnSegment

/// Decoded blobs, bounded by their bytes. Two generations: what is used moves to the young one, and when that is full
/// the old one goes.
///
/// Whoever hands a blob from here to somebody else re-hashes it: memory rots too. Where it only helps to encode or
/// decode another, its CRC is compared here.
final class DecodedCache: Sendable {
    private struct Entry {
        let blob: DecodedBlob
        let checksum: UInt32
    }

    private struct State {
        var young: [Fingerprint: Entry] = [:]
        var old: [Fingerprint: Entry] = [:]
        var youngBytes = 0
    }

    private let state = Mutex(State())
    private let generationBytesMax: Int

    init(bytesMax: Int) {
        self.generationBytesMax = bytesMax / 2
    }

    /// What was put under `fingerprint`, to be hashed by the caller.
    subscript(fingerprint: Fingerprint) -> DecodedBlob? {
        self.entry(fingerprint)?.blob
    }

    /// The same, unchanged since it was put.
    func intact(_ fingerprint: Fingerprint) -> DecodedBlob? {
        guard let entry = self.entry(fingerprint) else { return nil }
        if Self.checksum(entry.blob) == entry.checksum { return entry.blob }
        self.remove(fingerprint)
        return nil
    }

    /// Whether all of `fingerprints` are here; uses none of them.
    func holds(_ fingerprints: [Fingerprint]) -> Bool {
        self.state.withLock { state in
            fingerprints.allSatisfy { state.young[$0] != nil || state.old[$0] != nil }
        }
    }

    func insert(_ fingerprint: Fingerprint, _ blob: DecodedBlob) {
        guard blob.bytes.count <= min(Limits.cachedBlobBytesMax, self.generationBytesMax) else { return }
        let entry = Entry(blob: blob, checksum: Self.checksum(blob))
        self.state.withLock { self.insert(fingerprint, entry, &$0) }
    }

    func remove(_ fingerprint: Fingerprint) {
        self.state.withLock { state in
            if let entry = state.young.removeValue(forKey: fingerprint) { state.youngBytes -= entry.blob.bytes.count }
            state.old[fingerprint] = nil
        }
    }

    private func entry(_ fingerprint: Fingerprint) -> Entry? {
        self.state.withLock { state in
            if let entry = state.young[fingerprint] { return entry }
            guard let entry = state.old.removeValue(forKey: fingerprint) else { return nil }
            self.insert(fingerprint, entry, &state)
            return entry
        }
    }

    private func insert(_ fingerprint: Fingerprint, _ entry: Entry, _ state: inout State) {
        if state.youngBytes + entry.blob.bytes.count > self.generationBytesMax {
            state.old = state.young
            state.young = [:]
            state.youngBytes = 0
        }
        let replaced = state.young.updateValue(entry, forKey: fingerprint)
        state.youngBytes += entry.blob.bytes.count - (replaced?.blob.bytes.count ?? 0)
    }

    private static func checksum(_ blob: DecodedBlob) -> UInt32 {
        blob.bytes.withUnsafeBytes { Checksums.crc32c(0, $0) }
    }
}
