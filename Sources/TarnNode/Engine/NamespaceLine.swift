internal import TarnCore
internal import TarnCrypto
internal import TarnMerkle

/// The namespace along the log: the committed state, and on the primary the states after each op that is ordered and
/// not committed.
///
/// A speculative state shares its tree with the committed one, so dropping it costs nothing.
struct NamespaceLine {
    /// One op's effect, computed ahead of its commit.
    struct Step {
        let header: LogHeader
        let namespace: Namespace<SHA256>
        let changes: [AppliedChange]
    }

    private(set) var committed: Namespace<SHA256>
    private(set) var committedHeader: LogHeader
    private(set) var committedHash: Digest
    /// Ops after the committed one, in order.
    private var pending: [Step] = []

    init(namespace: Namespace<SHA256>, header: LogHeader) {
        self.committed = namespace
        self.committedHeader = header
        self.committedHash = header.hash(SHA256.self)
    }

    /// The newest state, committed or not.
    var head: (namespace: Namespace<SHA256>, header: LogHeader, hash: Digest) {
        guard let last = self.pending.last else { return (self.committed, self.committedHeader, self.committedHash) }
        return (last.namespace, last.header, last.header.hash(SHA256.self))
    }

    /// Forgets what is ordered and not committed.
    mutating func rollBack() { self.pending.removeAll() }

    /// Computes the effect of `set` after the head, as op `op` at `timestampMicroseconds`.
    func preview(
        _ set: ChangeSet,
        op: Op,
        timestampMicroseconds: UInt64
    ) throws(NamespaceError) -> (namespace: Namespace<SHA256>, changes: [AppliedChange]) {
        var namespace = self.head.namespace
        let changes = try namespace.apply(set, op: op, timestampMicroseconds: timestampMicroseconds)
        return (namespace, changes)
    }

    /// Adds a computed step after the head.
    mutating func append(_ step: Step) {
        precondition(step.header.op == self.head.header.op.next, "op \(step.header.op) after \(self.head.header.op)")
        self.pending.append(step)
    }

    /// Computes the effect of an entry that stands in the log after the head and checks its root.
    func step(for entry: LogEntry) throws(NodeError) -> Step {
        let header = entry.header
        guard entry.isBodyValid(SHA256.self) else {
            throw NodeError(.internalError, "op \(header.op): the body is not the one that the header names")
        }
        let namespace: Namespace<SHA256>
        let changes: [AppliedChange]
        switch header.kind {
        case .changeSet:
            do {
                let set = try ChangeSet(decoding: entry.body)
                (namespace, changes) = try self.preview(
                    set,
                    op: header.op,
                    timestampMicroseconds: header.timestampMicroseconds
                )
            } catch {
                throw NodeError(.internalError, "op \(header.op) cannot be applied: \(error)")
            }
        case .genesis, .noop, .gcFloor, .reconfigure, .policy:
            (namespace, changes) = (self.head.namespace, [])
        }
        guard namespace.tree.root == header.root else {
            throw NodeError(
                .internalError,
                "op \(header.op): the log names root \(header.root), applying it gives \(namespace.tree.root)"
            )
        }
        return Step(header: header, namespace: namespace, changes: changes)
    }

    /// Makes `entry`, the one after the committed state, the committed state. Throws when its root is not what the log
    /// says.
    mutating func commit(_ entry: LogEntry) throws(NodeError) -> Step {
        precondition(entry.header.op == self.committedHeader.op.next, "commit of \(entry.header.op)")
        let step: Step
        if let first = self.pending.first, first.header == entry.header {
            self.pending.removeFirst()
            step = first
        } else {
            // A backup computes an op when it commits; what it held of another history is void.
            self.pending.removeAll()
            step = try self.step(for: entry)
        }
        self.committed = step.namespace
        self.committedHeader = step.header
        self.committedHash = step.header.hash(SHA256.self)
        return step
    }
}
