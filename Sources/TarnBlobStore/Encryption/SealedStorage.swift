internal import TarnCore
internal import TarnCrypto
package import TarnStorage

/// A storage whose segments are encrypted on the disk and plain above it. Everything else passes through.
///
/// With a key, new segments are encrypted; those that are not stay as they are until compaction rewrites them. Without
/// one, encrypted segments are refused by name, so that nothing in them is taken for damage.
package final class SealedStorage: Storage {
    private let base: any Storage
    private let key: StorageKey?

    package init(_ base: any Storage, key: StorageKey?) {
        self.base = base
        self.key = key
    }

    /// Batches begin on pages of their own, so that no write touches a page that was durable before.
    package var batchAlignment: Int { self.key == nil ? self.base.batchAlignment : SealedFile.pageBytesCount }

    package func open(_ path: String, _ mode: OpenMode) throws(StorageError) -> any StorageFile {
        let file = try self.base.open(path, mode)
        guard path.contains("/segments/") else { return file }
        if mode == .create {
            guard let key else { return file }
            do throws(StorageError) {
                let (seal, region) = try Self.makeSeal(key, path)
                return try SealedFile.create(file, seal: seal, region: region, path: path)
            } catch {
                try? self.base.remove(path)
                throw error
            }
        }
        guard let seal = try SegmentSeal(region: self.region(of: file), key: self.key, path: path) else { return file }
        return SealedFile(file, seal: seal, path: path)
    }

    /// The bytes that may hold a seal; what of them cannot be read is no part of one. A bad sector must cost no more than
    /// what stands in it: only where there is a key may a seal that cannot be read at all be what hides the rest.
    private func region(of file: any StorageFile) throws(StorageError) -> [UInt8] {
        do throws(StorageError) {
            return try file.read(at: 0, count: SegmentSeal.regionBytesCount)
        } catch {
            guard error.code == .inputOutput else { throw error }
            let copies = SegmentSeal.copyOffsets.map { offset in
                (offset, bytes: try? file.read(at: offset, count: SegmentSeal.copyBytesCount))
            }
            if self.key != nil, copies.allSatisfy({ $0.bytes == nil }) { throw error }
            var region = [UInt8](repeating: 0xff, count: SegmentSeal.regionBytesCount)
            for (offset, bytes) in copies {
                guard let bytes else { continue }
                region.replaceSubrange(offset..<offset + bytes.count, with: bytes)
            }
            return region
        }
    }

    package func openStored(_ path: String) throws(StorageError) -> any StorageFile {
        try self.base.openStored(path)
    }

    private static func makeSeal(
        _ key: StorageKey,
        _ path: String
    ) throws(StorageError) -> (seal: SegmentSeal, region: [UInt8]) {
        do throws(CryptoError) {
            let seal = try SegmentSeal()
            return (seal, try seal.encoded(key))
        } catch {
            throw StorageError(.other, path: path, "cannot be encrypted: \(error)")
        }
    }

    package func makeDirectory(_ path: String) throws(StorageError) { try self.base.makeDirectory(path) }

    package func list(_ directory: String) throws(StorageError) -> [StorageListing] { try self.base.list(directory) }

    package func rename(_ source: String, to target: String) throws(StorageError) {
        try self.base.rename(source, to: target)
    }

    package func remove(_ path: String) throws(StorageError) { try self.base.remove(path) }

    package func synchronizeDirectory(_ directory: String) throws(StorageError) {
        try self.base.synchronizeDirectory(directory)
    }

    package func lock(_ path: String) throws(StorageError) -> any StorageLock { try self.base.lock(path) }

    package func freeBytesCount(at path: String) throws(StorageError) -> UInt64 {
        try self.base.freeBytesCount(at: path)
    }
}
