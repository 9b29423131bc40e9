internal import TarnCore
internal import TarnSegment
internal import TarnStorage
internal import TarnZstd

/// Reads blobs and proves them: whatever leaves here hashes to its address, or is an error that names it.
struct BlobDecoder {
    let files: SegmentFiles
    let index: StoreIndex
    let context: WorkerContext

    init(files: SegmentFiles, index: StoreIndex, context: WorkerContext) {
        self.files = files
        self.index = index
        self.context = context
    }

    /// A record with its bytes.
    struct Fetched {
        let bytes: [UInt8]
        let record: Record

        var address: BlobAddress { self.record.digest }
    }

    /// What decoding one blob has cost so far.
    private struct Budget {
        var bytes = Limits.decodeBytesMax
        /// The longest chain of blobs that had to be decoded one after the other.
        var depth = 0

        mutating func spend(_ count: Int, _ address: BlobAddress) throws {
            self.bytes -= count
            guard self.bytes >= 0 else {
                throw StoreError.corrupt(address, "decoding it would touch more than \(Limits.decodeBytesMax) bytes")
            }
        }
    }

    /// The raw bytes of `address`. One that fails is remembered as suspect, one that does not is suspect no longer.
    func read(_ address: BlobAddress) throws -> [UInt8] {
        guard let (ordinal, slot) = self.index.slot(of: address) else { throw StoreError.notFound(address) }
        var budget = Budget()
        return try self.read(ordinal, slot, address, depth: 0, &budget).raw
    }

    /// Decodes and re-hashes the blob with this ordinal, and compares its record's checksum; returns the blob's
    /// address.
    func verify(ordinal: UInt64, _ slot: BlobSlot) throws -> BlobAddress {
        var budget = Budget()
        let address = try self.read(ordinal, slot, nil, depth: 0, &budget).address
        _ = try self.fetch(address)
        return address
    }

    /// The record of a blob as it is stored, its checksum compared but not decoded.
    func fetch(_ address: BlobAddress) throws -> Fetched {
        guard let (ordinal, slot) = self.index.slot(of: address) else { throw StoreError.notFound(address) }
        let fetched = try self.fetch(ordinal, slot, expected: address)
        let isIntact = fetched.bytes.withUnsafeBytes { Record.isIntact($0, Checksums.self) }
        guard isIntact else { throw self.suspect(ordinal, slot, address, "its checksum does not match") }
        return fetched
    }

    /// A blob as it lies on disk, with the addresses of its bases.
    func stored(_ address: BlobAddress) throws -> StoredBlob {
        let fetched = try self.fetch(address)
        return StoredBlob(
            address: address,
            kind: fetched.record.kind.blobKind ?? .blob,
            codec: fetched.record.codec,
            rawBytesCount: fetched.record.rawBytesCount,
            bases: try fetched.record.bases.map { try self.address(ofOrdinal: $0) },
            bytes: Array(fetched.bytes[fetched.record.payload])
        )
    }

    /// The address of the blob with this ordinal, as its record says; nothing else of it is read.
    func address(ofOrdinal ordinal: UInt64) throws -> BlobAddress {
        guard let slot = self.index.slot(at: ordinal) else {
            throw StoreError(.corrupt, "no blob has the ordinal \(ordinal)")
        }
        do {
            let prefix = try self.prefix(ordinal, slot)
            let address = try prefix.withUnsafeBytes { try Record.blobAddress(in: $0) }
            guard self.index.key.fingerprint(of: address) == slot.fingerprint else {
                throw SegmentError(.checksum, "its record names another address")
            }
            return address
        } catch let error as SegmentError {
            throw self.suspect(ordinal, slot, nil, "\(error)")
        }
    }

    /// The start of a blob's record, bases and address included.
    func prefix(_ ordinal: UInt64, _ slot: BlobSlot) throws -> [UInt8] {
        let count = min(slot.bytesCount, Record.addressPrefixBytesMax)
        do {
            return try self.files.read(slot.segment, at: Int(slot.offset), count: count)
        } catch  where self.index.hasMoved(ordinal, from: slot) {
            guard let moved = self.index.slot(at: ordinal) else {
                throw StoreError(.notFound, "the blob with the ordinal \(ordinal) is gone")
            }
            return try self.prefix(ordinal, moved)
        }
    }

    /// Decodes a blob that comes from elsewhere against bases that are here, and proves that it is what it claims to
    /// be. The depth says how many blobs have to be decoded one after the other to read it.
    func decode(_ blob: StoredBlob) throws -> (raw: [UInt8], bases: [UInt64], depth: Int) {
        var budget = Budget()
        try budget.spend(blob.rawBytesCount, blob.address)
        var bases: [(ordinal: UInt64, slot: BlobSlot)] = []
        for base in blob.bases {
            guard let found = self.index.use(base), !found.slot.isSuspect else {
                throw StoreError(
                    .missingBase,
                    "blob \(blob.address) needs blob \(base), which is not here",
                    address: base
                )
            }
            bases.append(found)
        }
        let raw: [UInt8]
        do {
            raw = try blob.bytes.withUnsafeBytes { payload in
                try self.decode(payload, blob.codec, blob.rawBytesCount, bases.map(\.ordinal), depth: 0, &budget)
            }
        } catch let error as ZstdError {
            throw StoreError(.invalid, "blob \(blob.address) cannot be decoded: \(error)", address: blob.address)
        }
        guard Checksums.digest(raw) == blob.address else {
            throw StoreError(.invalid, "the content of blob \(blob.address) has another hash", address: blob.address)
        }
        return (raw, bases.map(\.ordinal), budget.depth + 1)
    }

    private func read(
        _ ordinal: UInt64,
        _ slot: BlobSlot,
        _ expected: BlobAddress?,
        depth: Int,
        _ budget: inout Budget
    ) throws -> (address: BlobAddress, raw: [UInt8]) {
        let fetched = try self.fetch(ordinal, slot, expected: expected)
        let record = fetched.record
        let address = expected ?? fetched.address
        guard depth < Limits.decodeDepthMax else {
            throw StoreError.corrupt(address, "it is a difference over more than \(Limits.decodeDepthMax) blobs")
        }
        try budget.spend(record.rawBytesCount, address)
        budget.depth = max(budget.depth, depth + 1)
        let raw: [UInt8]
        do {
            raw = try fetched.bytes.withUnsafeBytes { bytes in
                try self.decode(
                    UnsafeRawBufferPointer(rebasing: bytes[record.payload]),
                    record.codec,
                    record.rawBytesCount,
                    record.bases,
                    depth: depth + 1,
                    &budget
                )
            }
        } catch let error as ZstdError {
            throw self.suspect(ordinal, slot, address, "\(error)")
        } catch let error as StoreError where error.code == .corrupt {
            // A blob whose base is damaged is not present either.
            throw self.suspect(ordinal, slot, address, error.message)
        }
        let digest = Checksums.digest(raw)
        guard digest == address else {
            if expected != nil, digest == fetched.address {
                // Another blob with the same fingerprint, and a healthy one.
                throw StoreError.notFound(address)
            }
            // One flipped bit in the address field: the content still proves whose it is.
            let named = self.index.key.fingerprint(of: digest) == slot.fingerprint ? digest : address
            throw self.suspect(ordinal, slot, named, "its content has another hash")
        }
        if slot.isSuspect { self.index.setSuspect(false, ordinal: ordinal, slot: slot) }
        return (address, raw)
    }

    private func decode(
        _ payload: UnsafeRawBufferPointer,
        _ codec: StoredBlob.Codec,
        _ rawBytesCount: Int,
        _ bases: [UInt64],
        depth: Int,
        _ budget: inout Budget
    ) throws -> [UInt8] {
        switch codec {
        case .raw:
            return Array(payload)
        case .zstd:
            return try self.context.decompressor.decompress(payload, rawBytesCount: rawBytesCount)
        case .zstdDictionary:
            guard let base = bases.first, bases.count == 1 else { throw Self.wrongBases(bases.count) }
            let dictionary = try self.context.dictionary(base) { try self.base(base, depth: depth, &budget) }
            return try self.context.decompressor.decompress(
                payload,
                rawBytesCount: rawBytesCount,
                reference: .dictionary(dictionary)
            )
        case .zstdDelta:
            guard (1...Limits.basesMax).contains(bases.count) else { throw Self.wrongBases(bases.count) }
            var prefix: [UInt8] = []
            for base in bases { prefix += try self.base(base, depth: depth, &budget) }
            return try prefix.withUnsafeBytes { prefix in
                try self.context.decompressor.decompress(
                    payload,
                    rawBytesCount: rawBytesCount,
                    reference: .prefix(prefix)
                )
            }
        }
    }

    private func base(_ ordinal: UInt64, depth: Int, _ budget: inout Budget) throws -> [UInt8] {
        guard let slot = self.index.slot(at: ordinal) else {
            throw StoreError(.corrupt, "its base with the ordinal \(ordinal) is not here")
        }
        return try self.read(ordinal, slot, nil, depth: depth, &budget).raw
    }

    private func fetch(_ ordinal: UInt64, _ slot: BlobSlot, expected: BlobAddress?) throws -> Fetched {
        let bytes: [UInt8]
        do {
            bytes = try self.files.read(slot.segment, at: Int(slot.offset), count: slot.bytesCount)
        } catch  where self.index.hasMoved(ordinal, from: slot) {
            guard let moved = self.index.slot(at: ordinal) else {
                throw expected.map { StoreError.notFound($0) }
                    ?? StoreError(.notFound, "the blob with the ordinal \(ordinal) is gone")
            }
            return try self.fetch(ordinal, moved, expected: expected)
        } catch let error as StorageError {
            guard error.code == .inputOutput || error.code == .notFound else { throw StoreError(.storage, "\(error)") }
            throw self.suspect(ordinal, slot, expected, "\(error)")
        }
        let record: Record
        do {
            record = try bytes.withUnsafeBytes { bytes throws(SegmentError) in try Record(parsing: bytes) }
        } catch {
            throw self.suspect(ordinal, slot, expected ?? self.plausibleAddress(in: bytes, slot), "\(error)")
        }
        guard record.kind.isBlob, record.bytesCount == slot.bytesCount, record.rawBytesCount == slot.rawBytesCount
        else {
            throw self.suspect(ordinal, slot, expected ?? record.digest, "its record was altered")
        }
        return Fetched(bytes: bytes, record: record)
    }

    /// The address in a record that cannot be parsed, when one stands there whose fingerprint is the blob's.
    private func plausibleAddress(in bytes: [UInt8], _ slot: BlobSlot) -> BlobAddress? {
        bytes.withUnsafeBytes { bytes in
            let last = min(64, bytes.count - Digest.byteCount)
            guard last >= 0 else { return nil }
            return (0...last).lazy.map { Digest(bytes, at: $0) }
                .first { self.index.key.fingerprint(of: $0) == slot.fingerprint }
        }
    }

    private func suspect(_ ordinal: UInt64, _ slot: BlobSlot, _ address: BlobAddress?, _ reason: String) -> StoreError {
        self.index.setSuspect(true, ordinal: ordinal, slot: slot)
        guard let address else {
            let place = "segment \(slot.segment) at \(slot.offset)"
            return StoreError(
                .corrupt,
                "the blob with the ordinal \(ordinal), \(place), is damaged: \(reason)",
                address: .zero
            )
        }
        return .corrupt(address, reason)
    }

    private static func wrongBases(_ count: Int) -> StoreError {
        StoreError(.corrupt, "it names \(count) bases")
    }
}
