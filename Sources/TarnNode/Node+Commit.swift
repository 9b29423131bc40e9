internal import TarnBlobStore
internal import TarnConsensus
package import TarnCore
internal import TarnMerkle
internal import TarnPeer

/// Writing: from changes to a receipt.
extension Node {
    /// After this an ordered request is answered as unknown.
    private static let commitDeadlineMilliseconds = 10_000
    /// How long a request waits for room in the pipeline before it is refused.
    private static let pipelineDeadlineMilliseconds = 10_000
    /// Between two looks at a standby that is behind: gossip tells what it holds, and wakes nobody.
    private static let standbyPauseMilliseconds = 20

    /// Orders `changes` and waits for their commit.
    func order(_ changes: [Change], author: String, request: RequestID) async throws -> CommitReceipt {
        try self.checkWritable()
        try self.check(changes, author: author)
        let (blobs, closure) = try await self.stage(changes)
        let (submission, settlement) = try await self.submit(
            changes,
            author: author,
            request: request,
            closure: closure
        )
        let areInline = closure.bytesCount <= UInt64(Limits.inlineBytesMax)
        switch submission {
        case .ordered(let op, let count):
            let receipt = try await self.receipt(of: op, settlement, changesCount: count, request: request)
            self.unmirrored.noteCommitted(blobs, areInline: areInline)
            return receipt
        case .repeated(let op):
            let receipt = try await self.receipt(of: op, settlement, changesCount: nil, request: request)
            self.unmirrored.noteCommitted(blobs, areInline: areInline)
            return receipt
        case .forgotten:
            throw NodeError(
                .unknownOutcome,
                "request \(request) is older than what is remembered of its client; read back what it was to change"
            )
        case .unchanged(let op):
            try Self.checkVerdict(settlement, op, request: request)
            let head = self.head
            return CommitReceipt(
                op: head.op,
                root: head.root,
                changesCount: 0,
                closureCount: 0,
                closureBytesCount: 0,
                durableAt: []
            )
        case .rejected(let op, let error):
            try Self.checkVerdict(settlement, op, request: request)
            throw NodeError(error)
        case .refused(let reason, _):
            throw NodeError(.unavailable, "\(reason); nothing was ordered, try again")
        }
    }

    package func receipt(ofRequest request: RequestID) async throws -> CommitReceipt? {
        guard let (op, settlement) = await self.engine.settlement(of: request) else { return nil }
        return try await self.receipt(of: op, settlement, changesCount: nil, request: request)
    }

    private func check(_ changes: [Change], author: String) throws(NodeError) {
        guard !changes.isEmpty, changes.count <= Limits.changesPerSetMax else {
            throw NodeError(
                .invalidRequest,
                "a change set has 1 to \(Limits.changesPerSetMax) changes, this one has \(changes.count)"
            )
        }
        guard author.utf8.count <= Limits.authorBytesMax else {
            throw NodeError(.invalidRequest, "author '\(author)' has over \(Limits.authorBytesMax) bytes")
        }
    }

    /// Checks that every blob that `changes` name is here, and has another member store the new ones first when they
    /// are many.
    private func stage(_ changes: [Change]) async throws -> (blobs: [BlobAddress], closure: Closure) {
        let blobs: [BlobAddress]
        do {
            blobs = try ChangeSet(changes).blobs
        } catch {
            throw NodeError(.invalidRequest, error.message)
        }
        let queued = Dictionary(
            self.store.queuedWrites(of: blobs).map { ($0.address, $0.rawBytesCount) },
            uniquingKeysWith: { first, _ in first }
        )
        let files = changes.compactMap { change in
            if case .put(let entry) = change.action, !entry.isDirectory { entry } else { nil }
        }
        let manifests = files.compactMap(\.manifest)
        // What a manifest names has to be looked at, so it has to be written.
        let large = Set(manifests)
        let unqueued = blobs.filter { queued[$0] == nil || large.contains($0) }
        if let missing = try await self.missing(closureOf: unqueued, manifests: manifests) {
            throw NodeError(.blobMissing, "blob \(missing) is named but not stored; stage it first")
        }
        try await self.check(contentsOf: files, queued: queued)
        try await self.store.promote(manifests: manifests)
        let bytesCount = files.reduce(0) { $0 + $1.size }
        let new = self.unmirrored.filter(blobs)
        let newBytesCount = new.reduce(0) { $0 + (queued[$1] ?? self.store.rawBytesCount(of: $1) ?? 0) }
        let namesLargeFiles = !manifests.isEmpty
        if self.membership.votersCount > 1, newBytesCount > Limits.inlineBytesMax || namesLargeFiles {
            let state = await self.engine.canSubmit
            guard state == .ready || state.isPassing else {
                throw NodeError(.unavailable, "\(state); nothing was ordered, try again")
            }
            let offered = (namesLargeFiles ? blobs : new).map {
                StageOffer.Blob(address: $0, bytesCount: UInt64(self.store.rawBytesCount(of: $0) ?? 0))
            }
            try await self.stageRounds.stage(offered, draft: WallClock.microseconds())
        }
        return (blobs, Closure(count: UInt64(blobs.count), bytesCount: bytesCount))
    }

    /// A blob that nobody who answers holds. What was staged at another datacentre, which led until then, is fetched.
    private func missing(closureOf blobs: [BlobAddress], manifests: [BlobAddress]) async throws -> BlobAddress? {
        guard let first = try await self.store.missing(closureOf: blobs, manifests: manifests).first else { return nil }
        guard self.clients.count > 1 else { return first }
        do {
            try await self.fetcher.fetch(
                closureOf: blobs,
                manifests: manifests,
                preferring: 1 - min(self.own, 1)
            )
            return nil
        } catch is NodeError {
            return try await self.store.missing(closureOf: blobs, manifests: manifests).first
        }
    }

    /// Orders the changes, waiting a while for the standby and for room in the pipeline, and waits for what becomes of
    /// them.
    private func submit(
        _ changes: [Change],
        author: String,
        request: RequestID,
        closure: Closure
    ) async throws -> (ReplicaEngine.Submission, ReplicaEngine.Settlement?) {
        let deadline = WallClock.monotonicNanoseconds() + UInt64(Self.pipelineDeadlineMilliseconds) * 1_000_000
        while await !self.standbyFollows() {
            guard WallClock.monotonicNanoseconds() < deadline else {
                return (.refused("the standby is too far behind to take more", isFull: true), nil)
            }
            try await Task.sleep(for: .milliseconds(Self.standbyPauseMilliseconds))
        }
        let proposal = ReplicaEngine.Proposal(
            changes: changes,
            author: author,
            source: RequestOrigin.current?.source ?? "",
            request: request,
            closure: closure
        )
        return await self.engine.settle(
            proposal,
            patience: Self.pipelineDeadlineMilliseconds,
            milliseconds: Self.commitDeadlineMilliseconds
        )
    }

    private func receipt(
        of op: Op,
        _ settlement: ReplicaEngine.Settlement?,
        changesCount: Int?,
        request: RequestID
    ) async throws -> CommitReceipt {
        guard let settlement, settlement.isCommitted else {
            throw NodeError(
                .unknownOutcome,
                "op \(op) is ordered and not known to be committed; ask again with the same request, \(request)"
            )
        }
        var header = settlement.header
        var count = changesCount
        if header == nil || count == nil {
            guard let entry = try await self.store.entry(at: op) else {
                throw NodeError(.internalError, "op \(op) is committed but not in the log")
            }
            header = entry.header
            count = try count ?? EncodedChangeSet(entry.body).count
        }
        guard let header, let count, header.request == request else {
            throw NodeError(
                .unknownOutcome,
                "another primary ordered something else as op \(op); ask again with the same request, \(request)"
            )
        }
        return CommitReceipt(
            op: op,
            root: header.root,
            changesCount: count,
            closureCount: header.closureCount,
            closureBytesCount: header.closureBytesCount,
            durableAt: settlement.holders.map { self.addresses[$0].datacenter }
        )
    }

    /// A verdict may be told only once the state that it was judged against has committed.
    private static func checkVerdict(
        _ settlement: ReplicaEngine.Settlement?,
        _ op: Op,
        request: RequestID
    ) throws(NodeError) {
        guard let settlement, settlement.isCommitted else {
            throw NodeError(
                .unknownOutcome,
                "op \(op) is not known to be committed; ask again with the same request, \(request)"
            )
        }
    }
}

extension NodeError {
    /// A refusal by the namespace's rules, as clients see it.
    init(_ error: NamespaceError) {
        let code: Code =
            switch error.code {
            case .notFound: .notFound
            case .tooManyEntries: .tooLarge
            default: .conflict
            }
        self.init(code, error.message)
    }
}
