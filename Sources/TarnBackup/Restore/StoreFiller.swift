internal import TarnBlobStore
internal import TarnCore
internal import TarnCrypto

/// Copies a history into a new data folder: every blob that is left of it, as it is stored, and every entry under a new
/// genesis.
///
/// Ops, contents, authors, times and roots stay; the hashes by which entries name each other cannot, for they begin
/// with the genesis, and nor can what says who belongs to the cluster (``LogHeader/inherited(behind:)``).
struct StoreFiller: Sendable {
    private static let blobBytesPerWrite = 16 << 20
    private static let recordsPerWrite = 512

    let history: BackupHistory
    let target: BlobStore
    let genesis: LogEntry

    /// Fills the folder up to `last` and makes it a trusted member's that has committed all of it. Returns what some op
    /// names and the backup does not have: nothing, but for what retention has let go.
    func run(upTo last: Op) async throws -> Set<BlobAddress> {
        var absent: Set<BlobAddress> = []
        var parent = self.genesis.header.hash(SHA256.self)
        try await self.target.append(
            [
                .entry(self.genesis), .acknowledgement(op: .genesis, entry: parent),
                .head(logView: View(0), op: .genesis, entry: parent),
            ],
            stored: []
        )
        var viewMax = View(0)
        try await self.history.entries(upTo: last) { entries in
            let entries = entries.filter { $0.header.op > .genesis }
            let sets = try entries.filter { $0.header.kind == .changeSet }.map { try EncodedChangeSet($0.body) }
            try await self.copy(
                closureOf: sets.flatMap { try $0.blobs() },
                manifests: sets.flatMap { try $0.manifests() },
                &absent
            )
            var records: [BlobStore.LogRecord] = []
            for entry in entries {
                let header = entry.header.inherited(behind: parent)
                parent = header.hash(SHA256.self)
                viewMax = max(viewMax, header.view)
                records.append(.entry(LogEntry(header: header, body: entry.body)))
                records.append(.acknowledgement(op: header.op, entry: parent))
                if records.count >= Self.recordsPerWrite {
                    try await self.target.append(records, stored: [])
                    records = []
                }
            }
            if !records.isEmpty { try await self.target.append(records, stored: []) }
        }
        let view = Self.view(notBefore: viewMax)
        try await self.target.append([.head(logView: view, op: last, entry: parent)], stored: [])
        var superblock = self.target.superblock
        superblock.view = view
        superblock.logView = view
        superblock.commit = last
        superblock.isTrusted = true
        try await self.target.update(superblock: superblock)
        return absent
    }

    /// A view that the first primary leads, whatever its number: that of the last entry, or a later one.
    static func view(notBefore last: View) -> View {
        last.primaryIndex == 0 ? last : last.next(ledBy: 0, isObserverElectable: false) ?? last
    }

    /// Copies what is missing of `named`, round by round: manifests name chunks that are seen only then.
    private func copy(
        closureOf named: [BlobAddress],
        manifests: [BlobAddress],
        _ absent: inout Set<BlobAddress>
    ) async throws {
        while true {
            let missing = try await self.target.missing(closureOf: named, manifests: manifests).filter {
                !absent.contains($0)
            }
            guard !missing.isEmpty else { return try await self.target.promote(manifests: manifests) }
            try await self.copy(missing, &absent)
        }
    }

    private func copy(_ addresses: [BlobAddress], _ absent: inout Set<BlobAddress>) async throws {
        var rest = addresses[...]
        while !rest.isEmpty {
            let blobs = try await self.history.source.readStored(Array(rest), bytesMax: Self.blobBytesPerWrite)
            // What comes before the last one that was read, and was not read, is not there.
            let read = Set(blobs.map(\.address))
            let end = blobs.last.flatMap { last in rest.firstIndex(of: last.address) }
            let passed = end.map { rest[...$0] } ?? rest
            absent.formUnion(passed.filter { !read.contains($0) })
            rest = rest[passed.endIndex...]
            try await self.store(blobs, &absent)
        }
    }

    /// Stores blobs with what they are differences to.
    private func store(_ blobs: [StoredBlob], _ absent: inout Set<BlobAddress>) async throws {
        var all = blobs
        var known = Set(blobs.map(\.address))
        var bases = Set(blobs.flatMap(\.bases)).subtracting(known)
        while !bases.isEmpty {
            let list = Array(bases)
            let lacking = zip(list, self.target.contains(list)).filter { !$1 }.map(\.0)
            let found = lacking.isEmpty ? [] : try await self.history.source.readStored(lacking, bytesMax: .max)
            all += found
            known.formUnion(found.map(\.address))
            bases = Set(found.flatMap(\.bases)).subtracting(known)
        }
        let (ready, waiting) = self.target.decodable(all)
        try await self.target.put(stored: ready)
        // A difference to something that is damaged cannot be decoded either.
        absent.formUnion(waiting.map(\.address))
    }
}
