internal import TarnCore
internal import TarnSegment
internal import TarnStorage

/// Reads blobs and proves them: whatever leaves here hashes to its address, or is an error that names it.
struct BlobDecoder {
    let files: SegmentFiles
    let index: StoreIndex
    let context: WorkerContext
    /// Keeps what was decoded as the base of something else.
    let cache: DecodedCache

    init(files: SegmentFiles, index: StoreIndex, cache: DecodedCache, context: WorkerContext) {
        self.files = files
        self.index = index
        self.cache = cache
        self.context = context
    }

    /// A record with its bytes.
    struct Fetched {
        let bytes: [UInt8]
        let record: Record

        var address: BlobAddress { self.record.digest }
        var isIntact: Bool { self.bytes.withUnsafeBytes { Record.isIntact($0, Checksums.self) } }
    }

    /// The raw bytes of `address`. One that fails is remembered as suspect, one that does not is suspect no longer.
    func read(_ address: BlobAddress) throws -> DecodedBlob {
        guard let (ordinal, slot) = self.index.slot(of: address) else { throw StoreError.notFound(address) }
        if let fetched = try? self.peek(slot), fetched.address == address, let blob = self.decoded(fetched, address) {
            if slot.isSuspect { self.index.setSuspect(false, ordinal: ordinal, slot: slot) }
            return blob
        }
        var budget = Budget()
        return try self.prove(ordinal, slot, address, depth: 0, &budget).blob
    }

    /// Decodes and re-hashes the blob with this ordinal, and compares its record's checksum; returns the blob's
    /// address.
    func verify(ordinal: UInt64, _ slot: BlobSlot) throws -> BlobAddress {
        try self.proved(ordinal: ordinal, slot).address
    }

    /// The same with what the blob decodes to.
    func proved(ordinal: UInt64, _ slot: BlobSlot) throws -> (address: BlobAddress, blob: DecodedBlob) {
        if let fetched = try? self.peek(slot), fetched.isIntact,
            self.index.key.fingerprint(of: fetched.address) == slot.fingerprint,
            let blob = self.decoded(fetched, fetched.address)
        {
            if slot.isSuspect { self.index.setSuspect(false, ordinal: ordinal, slot: slot) }
            return (fetched.address, blob)
        }
        var budget = Budget()
        let proved = try self.prove(ordinal, slot, nil, depth: 0, &budget)
        _ = try self.fetch(proved.address)
        return proved
    }

    /// The record of a blob as it is stored, its checksum compared but not decoded.
    func fetch(_ address: BlobAddress) throws -> Fetched {
        guard let (ordinal, slot) = self.index.slot(of: address) else { throw StoreError.notFound(address) }
        let fetched = try self.fetch(ordinal, slot, expected: address)
        guard fetched.isIntact else { throw self.suspect(ordinal, slot, address, "its checksum does not match") }
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
            let bytes = (try? self.files.read(slot.segment, at: Int(slot.offset), count: slot.bytesCount)) ?? []
            guard let address = self.plausibleAddress(in: bytes, slot) else {
                throw self.suspect(ordinal, slot, nil, "\(error)")
            }
            self.index.setSuspect(true, ordinal: ordinal, slot: slot)
            return address
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

    func fetch(_ ordinal: UInt64, _ slot: BlobSlot, expected: BlobAddress?) throws -> Fetched {
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
            guard error.isDamage else {
                throw StoreError(.storage, "\(error)")
            }
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
            let address = expected ?? self.plausibleAddress(in: bytes, slot) ?? record.digest
            throw self.suspect(ordinal, slot, address, "its record was altered")
        }
        return Fetched(bytes: bytes, record: record)
    }

    /// The address in a damaged record, when one stands there, or would without one flipped bit, whose fingerprint is
    /// the blob's.
    private func plausibleAddress(in bytes: [UInt8], _ slot: BlobSlot) -> BlobAddress? {
        bytes.withUnsafeBytes { bytes in
            if let repaired = FlippedBit.repaired(bytes, Checksums.self),
                let address = try? repaired.withUnsafeBytes({ try Record.blobAddress(in: $0) }),
                self.index.key.fingerprint(of: address) == slot.fingerprint
            {
                return address
            }
            let last = min(64, bytes.count - Digest.byteCount)
            guard last >= 0 else { return nil }
            return (0...last).lazy.map { Digest(bytes, at: $0) }
                .first { self.index.key.fingerprint(of: $0) == slot.fingerprint }
        }
    }

    func suspect(_ ordinal: UInt64, _ slot: BlobSlot, _ address: BlobAddress?, _ reason: String) -> StoreError {
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
}
