package import TarnCore

extension BlobStore {
    /// Stores a manifest whose chunks are present, and returns the address that an entry names. One that encodes to
    /// more than ``Limits/blobBytesMax`` is chunked itself, and the address is that of its level-1 manifest. Throws
    /// `invalid` for a missing chunk.
    package func put(manifest: Manifest) async throws -> BlobAddress {
        let have = self.contains(manifest.chunks)
        if let index = have.firstIndex(of: false) {
            throw StoreError(
                .invalid,
                "chunk \(index) of the file \(manifest.content), blob \(manifest.chunks[index]), is not here",
                address: manifest.chunks[index]
            )
        }
        let encoded = manifest.encoded()
        guard encoded.count > Limits.blobBytesMax else {
            return try await self.put([encoded], kind: .manifest).addresses[0]
        }
        let pieces = stride(from: 0, to: encoded.count, by: Limits.chunkBytes).map {
            Array(encoded[$0..<min($0 + Limits.chunkBytes, encoded.count)])
        }
        let content = try await self.pool.run(.bulk) { _ in Checksums.digest(encoded) }
        let chunks = try await self.put(pieces, kind: .chunk).addresses
        let upper = try Manifest(level: 1, content: content, size: UInt64(encoded.count), chunks: chunks)
        return try await self.put([upper.encoded()], kind: .manifest).addresses[0]
    }

    /// The chunk list of the file whose manifest is `address`; a level-1 manifest is resolved. Throws `notFound`,
    /// `corrupt`, or `invalid` for a blob that is no manifest.
    package func manifest(_ address: BlobAddress) async throws -> Manifest {
        let manifest = try Self.decode(try await self.read(address), address)
        guard manifest.level == 1 else { return manifest }
        var encoded: [UInt8] = []
        for chunk in manifest.chunks { encoded += try await self.read(chunk) }
        guard UInt64(encoded.count) == manifest.size else {
            throw StoreError(
                .invalid,
                "the chunks of manifest \(address) hold \(encoded.count) bytes",
                address: address
            )
        }
        let lower = try Self.decode(encoded, address)
        guard lower.level == 0 else {
            throw StoreError(.invalid, "blob \(address) is a manifest of manifests of manifests")
        }
        return lower
    }

    /// What of `set` is not present, and what the present manifests among them name that is not: each once, in the
    /// order found.
    ///
    /// `manifests` are those of `set` that an entry names as such: the same bytes may be here as an ordinary file, whose
    /// record does not say that it names anything.
    package func missing(
        closureOf set: [BlobAddress],
        manifests named: [BlobAddress] = []
    ) async throws -> [BlobAddress] {
        let named = Set(named)
        var seen: Set<BlobAddress> = []
        var out: [BlobAddress] = []
        /// Returns which of `addresses` are manifests that are present, and whether their records say so.
        func note(_ addresses: [BlobAddress]) -> [(BlobAddress, isKnown: Bool)] {
            var manifests: [(BlobAddress, isKnown: Bool)] = []
            for (address, presence) in zip(addresses, self.index.presence(of: addresses)) {
                switch presence {
                case .present(_, .manifest): manifests.append((address, true))
                case .present: if named.contains(address) { manifests.append((address, false)) }
                case .absent, .suspect: if seen.insert(address).inserted { out.append(address) }
                }
            }
            return manifests
        }
        for (address, isKnown) in note(set) {
            let bytes = try await self.read(address)
            guard isKnown || (try? Manifest(decoding: bytes)) != nil else { continue }
            let manifest = try Self.decode(bytes, address)
            _ = note(manifest.chunks)
            guard manifest.level == 1, !self.contains(manifest.chunks).contains(false) else { continue }
            _ = note(try await self.manifest(address).chunks)
        }
        return out
    }

    /// What is not present of a file: itself, or chunks of it.
    package func missing(of file: Entry) async throws -> [BlobAddress] {
        guard let blob = file.blob else { return [] }
        return try await self.missing(closureOf: [blob], manifests: file.manifest.map { [$0] } ?? [])
    }

    /// Has what is here of `addresses` as an ordinary file count as a manifest from now on, durably: only a manifest's
    /// record says that chunks belong to it, to whoever collects garbage, signs receipts or copies the store. What is
    /// not here, or cannot be a manifest, stays what it is.
    package func promote(manifests addresses: [BlobAddress]) async throws {
        for (address, presence) in zip(addresses, self.index.presence(of: addresses)) {
            guard case .present(_, let kind) = presence, kind != .manifest else { continue }
            let bytes = try await self.read(address)
            guard (try? Manifest(decoding: bytes)) != nil else { continue }
            _ = try await self.put([bytes], kind: .manifest)
        }
    }

    /// Whether every one of `addresses` is here, as a manifest.
    package func holdsManifests(_ addresses: [BlobAddress]) -> Bool {
        self.index.presence(of: addresses).allSatisfy { if case .present(_, .manifest) = $0 { true } else { false } }
    }

    private static func decode(_ bytes: [UInt8], _ address: BlobAddress) throws -> Manifest {
        do throws(CoreError) {
            return try Manifest(decoding: bytes)
        } catch {
            throw StoreError(.invalid, "blob \(address) is no manifest: \(error)", address: address)
        }
    }
}
