import Synchronization
import TarnCatalog
import TarnCore
import TarnCrypto
import TarnMerkle
import TarnNode

/// Commits to the fake node's log.
extension FakeNode {
    /// Lets none of the next `count` commits begin before all of them have been asked for.
    func gather(commits count: Int) { self.state.withLock { $0.gathering = (count, []) } }

    /// Returns once as many commits have been asked for as are gathered, the caller's included.
    private func waitForOtherCommits() async {
        await withCheckedContinuation { continuation in
            let woken = self.state.withLock { state -> [CheckedContinuation<Void, Never>] in
                guard var gathering = state.gathering else { return [continuation] }
                gathering.countMissing -= 1
                gathering.continuations.append(continuation)
                state.gathering = gathering.countMissing > 0 ? gathering : nil
                return gathering.countMissing > 0 ? [] : gathering.continuations
            }
            for waiter in woken { waiter.resume() }
        }
    }

    func commit(_ changes: [Change], author: String, request: RequestID) async throws -> CommitReceipt {
        await self.waitForOtherCommits()
        let (receipt, applied) = try self.state.withLock { state in
            state.commitCount += 1
            if let error = state.failure.commit { throw error }
            return try Self.commit(changes, author, request, self.datacenter, &state)
        }
        if let applied { try await self.catalog.apply([applied]) }
        let woken = self.state.withLock { state in
            defer { state.waiters.removeAll { $0.op <= receipt.op } }
            return state.waiters.filter { $0.op <= receipt.op }
        }
        for waiter in woken { waiter.continuation.resume() }
        return receipt
    }

    func receipt(ofRequest request: RequestID) async throws -> CommitReceipt? {
        self.state.withLock { $0.receipts[request] }
    }

    /// Refusals of the namespace as a real node tells them.
    private static func judging<Value>(_ body: () throws(NamespaceError) -> Value) throws -> Value {
        do throws(NamespaceError) {
            return try body()
        } catch {
            switch error.code {
            case .notFound: throw NodeError(.notFound, error.message)
            case .tooManyEntries: throw NodeError(.tooLarge, error.message)
            default: throw NodeError(.conflict, error.message)
            }
        }
    }

    private static func commit(
        _ changes: [Change],
        _ author: String,
        _ request: RequestID,
        _ own: DatacenterID,
        _ state: inout State
    ) throws -> (CommitReceipt, AppliedOp?) {
        if let receipt = state.receipts[request] { return (receipt, nil) }
        let last = state.headers[state.headers.count - 1]
        let set = try Self.judging { () throws(NamespaceError) in try state.namespace.resolve(changes) }
        for blob in set.blobs where state.blobs[blob] == nil {
            throw NodeError(.invalidRequest, "blob \(blob) is not stored")
        }
        func receipt(_ op: Op) -> CommitReceipt {
            CommitReceipt(
                op: op,
                root: state.namespace.tree.root,
                changesCount: set.changes.count,
                closureCount: UInt64(set.blobs.count),
                closureBytesCount: 11,
                durableAt: [own]
            )
        }
        if set.changes.isEmpty { return (receipt(last.op), nil) }
        let time = last.timestampMicroseconds + 1_000_000
        let applied = try Self.judging { () throws(NamespaceError) in
            try state.namespace.apply(set, op: last.op.next, timestampMicroseconds: time)
        }
        let body = set.encoded()
        let header = LogHeader(
            op: last.op.next,
            view: View(0),
            kind: .changeSet,
            configurationEpoch: 0,
            timestampMicroseconds: time,
            author: author,
            request: request,
            parent: last.hash(SHA256.self),
            root: state.namespace.tree.root,
            body: SHA256.digest(body),
            bodyBytesCount: UInt64(body.count),
            closureCount: UInt64(set.blobs.count),
            closureBytesCount: 11
        )
        state.headers.append(header)
        state.changeSets.append(set)
        state.snapshots.append(Snapshot(op: header.op, timestampMicroseconds: time, tree: state.namespace.tree))
        let made = receipt(header.op)
        state.receipts[request] = made
        return (made, AppliedOp(header: header, changes: applied))
    }
}
