internal import TarnCore
internal import TarnSegment
internal import TarnZstd

/// Two ways to decode: a quick one, whose bases come from the cache and are proved by the hash of what they give, and a
/// careful one, which proves every base by itself and so finds out which record is damaged.
extension BlobDecoder {
    /// What decoding one blob has cost so far.
    struct Budget {
        var bytes = Limits.decodeBytesMax
        /// Whether the result is hashed, which proves what the cache has of its own bases with it. Bases of bases are
        /// proved each, because what is decoded from them goes into the cache.
        var isHashed = false

        mutating func spend(_ count: Int, _ address: BlobAddress) throws {
            self.bytes -= count
            guard self.bytes >= 0 else {
                throw StoreError.corrupt(address, "decoding it would touch more than \(Limits.decodeBytesMax) bytes")
            }
        }
    }

    /// A base that has been decoded.
    struct Base {
        let fingerprint: Fingerprint
        let blob: DecodedBlob
    }

    // MARK: - Quick

    /// The record of a blob, nothing of it compared; marks nothing as suspect.
    func peek(_ slot: BlobSlot) throws -> Fetched {
        let bytes = try self.files.read(slot.segment, at: Int(slot.offset), count: slot.bytesCount)
        let record = try bytes.withUnsafeBytes { try Record(parsing: $0) }
        guard record.kind.isBlob, record.bytesCount == slot.bytesCount, record.rawBytesCount == slot.rawBytesCount
        else {
            throw SegmentError(.malformed, "its record was altered")
        }
        return Fetched(bytes: bytes, record: record)
    }

    /// What `fetched` decodes to, when that hashes to `address`.
    func decoded(_ fetched: Fetched, _ address: BlobAddress) -> DecodedBlob? {
        var budget = Budget()
        budget.isHashed = true
        if let blob = try? self.decode(fetched, depth: 0, &budget), Checksums.digest(blob.bytes) == address {
            return blob
        }
        // Whatever of its bases is in memory is under suspicion.
        for base in fetched.record.bases {
            if let slot = self.index.slot(at: base) { self.cache.remove(slot.fingerprint) }
        }
        return nil
    }

    /// A blob that is present and is to be the base of another, from the cache or decoded; not proved.
    func base(_ address: BlobAddress) throws -> Base? {
        guard case .present(let ordinal, _) = self.index.presence(of: address) else { return nil }
        var budget = Budget()
        return try self.base(ordinal, depth: 0, &budget)
    }

    private func base(_ ordinal: UInt64, depth: Int, _ budget: inout Budget) throws -> Base {
        guard let slot = self.index.slot(at: ordinal) else {
            throw StoreError(.corrupt, "its base with the ordinal \(ordinal) is not here")
        }
        let fingerprint = slot.fingerprint
        if let blob = budget.isHashed && depth == 1 ? self.cache[fingerprint] : self.cache.intact(fingerprint) {
            return Base(fingerprint: fingerprint, blob: blob)
        }
        let blob = try self.decode(try self.peek(slot), depth: depth, &budget)
        self.cache.insert(slot.fingerprint, blob)
        return Base(fingerprint: slot.fingerprint, blob: blob)
    }

    private func decode(_ fetched: Fetched, depth: Int, _ budget: inout Budget) throws -> DecodedBlob {
        guard depth < Limits.decodeDepthMax else { throw StoreError(.corrupt, "the difference reaches too deep") }
        let record = fetched.record
        try budget.spend(record.rawBytesCount, fetched.address)
        var bases: [Base] = []
        for base in record.bases { bases.append(try self.base(base, depth: depth + 1, &budget)) }
        return try fetched.bytes.withUnsafeBytes { bytes in
            let payload = UnsafeRawBufferPointer(rebasing: bytes[record.payload])
            return try self.decode(payload, record.codec, record.rawBytesCount, bases)
        }
    }

    // MARK: - Careful

    /// Decodes the blob with this ordinal and everything it is a difference to, each proved against its address. What
    /// fails becomes suspect, what does not is suspect no longer.
    func prove(
        _ ordinal: UInt64,
        _ slot: BlobSlot,
        _ expected: BlobAddress?,
        depth: Int,
        _ budget: inout Budget
    ) throws -> (address: BlobAddress, blob: DecodedBlob) {
        let fetched = try self.fetch(ordinal, slot, expected: expected)
        let record = fetched.record
        let address = expected ?? fetched.address
        guard depth < Limits.decodeDepthMax else {
            throw StoreError.corrupt(address, "it is a difference over more than \(Limits.decodeDepthMax) blobs")
        }
        try budget.spend(record.rawBytesCount, address)
        let blob: DecodedBlob
        do {
            var bases: [Base] = []
            for base in record.bases { bases.append(try self.provedBase(base, depth: depth + 1, &budget)) }
            blob = try fetched.bytes.withUnsafeBytes { bytes in
                let payload = UnsafeRawBufferPointer(rebasing: bytes[record.payload])
                return try self.decode(payload, record.codec, record.rawBytesCount, bases)
            }
        } catch let error as ZstdError {
            throw self.suspect(ordinal, slot, address, "\(error)")
        } catch let error as StoreError where error.code == .corrupt {
            // A blob whose base is damaged is not present either.
            throw self.suspect(ordinal, slot, address, error.message)
        }
        let digest = Checksums.digest(blob.bytes)
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
        return (address, blob)
    }

    private func provedBase(_ ordinal: UInt64, depth: Int, _ budget: inout Budget) throws -> Base {
        guard let slot = self.index.slot(at: ordinal) else {
            throw StoreError(.corrupt, "its base with the ordinal \(ordinal) is not here")
        }
        let blob = try self.prove(ordinal, slot, nil, depth: depth, &budget).blob
        return Base(fingerprint: slot.fingerprint, blob: blob)
    }

    // MARK: - One frame

    /// Decodes one encoded form whose bases have been decoded.
    func decode(
        _ payload: UnsafeRawBufferPointer,
        _ codec: StoredBlob.Codec,
        _ rawBytesCount: Int,
        _ bases: [Base]
    ) throws -> DecodedBlob {
        let reference: ZstdReference
        switch codec {
        case .raw:
            return DecodedBlob(plain: Array(payload))
        case .zstd:
            reference = .none
        case .zstdDictionary:
            guard let base = bases.first, bases.count == 1 else {
                throw StoreError(.corrupt, "it names \(bases.count) bases")
            }
            reference = .dictionary(try self.context.dictionary(base.fingerprint) { base.blob.bytes })
        case .zstdDelta:
            guard (1...Limits.basesMax).contains(bases.count) else {
                throw StoreError(.corrupt, "it names \(bases.count) bases")
            }
            if bases.count == 1 {
                let bytes = try bases[0].blob.bytes.withUnsafeBytes { prefix in
                    try self.context.decompressor.decompress(
                        payload,
                        rawBytesCount: rawBytesCount,
                        reference: .prefix(prefix)
                    )
                }
                return DecodedBlob(bytes: bytes, bases: [bases[0].blob])
            }
            reference = .prefix(self.context.prefix(bases.map(\.blob)))
        }
        let bytes = try self.context.decompressor.decompress(
            payload,
            rawBytesCount: rawBytesCount,
            reference: reference
        )
        return DecodedBlob(bytes: bytes, bases: bases.map(\.blob))
    }
}
