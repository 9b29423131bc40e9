internal import Synchronization
internal import TarnCore

/// Decoded blobs, bounded by their bytes. Two generations: what is used moves to the young one, and when that is full
/// the old one goes.
///
/// Whoever takes a blob from here re-hashes it: memory rots too.
final class DecodedCache: Sendable {
    private struct State {
        var young: [BlobAddress: [UInt8]] = [:]
        var old: [BlobAddress: [UInt8]] = [:]
        var youngBytes = 0
    }

    private let state = Mutex(State())
    private let generationBytesMax: Int

    init(bytesMax: Int) {
        self.generationBytesMax = bytesMax / 2
    }

    subscript(address: BlobAddress) -> [UInt8]? {
        self.state.withLock { state in
            if let bytes = state.young[address] { return bytes }
            guard let bytes = state.old.removeValue(forKey: address) else { return nil }
            self.insert(address, bytes, &state)
            return bytes
        }
    }

    func insert(_ address: BlobAddress, _ bytes: [UInt8]) {
        guard bytes.count <= min(Limits.cachedBlobBytesMax, self.generationBytesMax) else { return }
        self.state.withLock { self.insert(address, bytes, &$0) }
    }

    func remove(_ address: BlobAddress) {
        self.state.withLock { state in
            if let bytes = state.young.removeValue(forKey: address) { state.youngBytes -= bytes.count }
            state.old[address] = nil
        }
    }

    private func insert(_ address: BlobAddress, _ bytes: [UInt8], _ state: inout State) {
        if state.youngBytes + bytes.count > self.generationBytesMax {
            state.old = state.young
            state.young = [:]
            state.youngBytes = 0
        }
        if state.young.updateValue(bytes, forKey: address) == nil { state.youngBytes += bytes.count }
    }
}
