internal import TarnBlobStore
internal import TarnClient
internal import TarnCore
internal import TarnCrypto
internal import TarnMerkle

/// The log of a backup, proved entry by entry: each names the one before it, the last is the one that was signed, and
/// applying them gives the roots that they name.
struct BackupHistory: Sendable {
    private static let headersPerRead = 4_096
    private static let entryBytesPerRead = 8 << 20

    let source: BlobStore
    let genesis: Genesis
    /// Of op 0 on.
    private(set) var headers: [LogHeader] = []
    /// What may have been let go, as the log says at its end.
    private(set) var floor = GarbageFloor.none

    /// Reads the whole log up to `root`. Throws ``ClientError`` when it is not the one that was signed.
    init(source: BlobStore, root: BackupRoot, genesis: Genesis, name: String) async throws {
        self.source = source
        self.genesis = genesis
        guard let first = try await source.entry(at: .genesis), first.body == genesis.encoded() else {
            throw ClientError(.failed, "object \(name): its segments do not begin with the genesis of \(root.cluster)")
        }
        self.headers = [first.header]
        while let last = self.headers.last, last.op < root.op {
            let page = try await source.headers(after: last.op, limit: Self.headersPerRead)
            guard !page.isEmpty else {
                throw ClientError(.failed, "object \(name): its segments lack op \(last.op.next)")
            }
            for header in page where header.op <= root.op { try self.append(header, name: name) }
        }
        let head = self.headers[self.headers.count - 1]
        guard head.hash(SHA256.self) == root.entry, head.root == root.root else {
            throw ClientError(.failed, "object \(name): op \(root.op) in its segments is not the one that was signed")
        }
        if let changes = root.reconfigurations {
            guard changes.map(\.entry.header) == self.headers.filter({ $0.kind == .reconfigure }) else {
                throw ClientError(.failed, "object \(name): it names other changes of the membership than the log")
            }
        }
        for header in self.headers where header.kind == .gcFloor {
            guard let entry = try await source.entry(at: header.op) else { continue }
            self.floor = self.floor.followed(by: try GarbageFloor(decoding: entry.body))
        }
    }

    private mutating func append(_ header: LogHeader, name: String) throws {
        let last = self.headers[self.headers.count - 1]
        guard header.op == last.op.next, header.parent == last.hash(SHA256.self) else {
            throw ClientError(.failed, "object \(name): the log in its segments is broken at op \(header.op)")
        }
        self.headers.append(header)
    }

    /// The op that `moment` means: itself, the newest one with that root, or the last one at or before that time.
    func op(at moment: RestoreMoment) throws -> Op {
        let op: Op
        switch moment {
        case .newest: op = self.headers[self.headers.count - 1].op
        case .op(let wanted): op = wanted
        case .root(let root):
            guard let header = self.headers.last(where: { $0.root == root }) else {
                throw ClientError(.rejected, "no op of the backup has the root \(root.hex)")
            }
            op = header.op
        case .time(let time):
            guard let header = self.headers.last(where: { $0.timestampMicroseconds <= time.microseconds }) else {
                throw ClientError(.rejected, "the cluster began after \(time)")
            }
            op = header.op
        }
        guard op.number < UInt64(self.headers.count) else {
            throw ClientError(.rejected, "op \(op) is in no backup; the newest is \(self.headers.count - 1)")
        }
        guard self.floor.keeps(op) else {
            throw ClientError(
                .rejected,
                "op \(op) is not kept any more; the nearest that is kept is \(self.floor.nearest(to: op))"
            )
        }
        return op
    }

    /// Gives every entry up to `last` to `body`, in order, some megabytes at a time. Throws when one cannot be read.
    func entries(upTo last: Op, _ body: ([LogEntry]) async throws -> Void) async throws {
        var op = Op.genesis
        if let first = try await self.source.entry(at: op) { try await body([first]) }
        while op < last {
            let entries = try await self.source.entries(after: op, bytesMax: Self.entryBytesPerRead)
            guard let end = entries.last?.header.op else {
                throw ClientError(.failed, "the log of the backup cannot be read after op \(op)")
            }
            try await body(entries.filter { $0.header.op <= last })
            op = end
        }
    }

    /// The namespace at `op`, computed from the log alone.
    func namespace(at op: Op) async throws -> Namespace<SHA256> {
        var namespace = Namespace<SHA256>.genesis(self.genesis)
        try await self.entries(upTo: op) { entries in
            for entry in entries {
                if entry.header.kind == .changeSet {
                    _ = try namespace.apply(
                        try ChangeSet(decoding: entry.body),
                        op: entry.header.op,
                        timestampMicroseconds: entry.header.timestampMicroseconds
                    )
                }
                guard entry.isBodyValid(SHA256.self), namespace.tree.root == entry.header.root else {
                    throw ClientError(
                        .failed,
                        "op \(entry.header.op) of the backup does not give the root that it names"
                    )
                }
            }
        }
        return namespace
    }
}
