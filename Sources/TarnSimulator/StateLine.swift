internal import TarnCore
internal import TarnMerkle

/// The namespace of one member along its log: the committed state, and on a primary the states after what it ordered.
struct StateLine: Sendable {
    private(set) var committed: Namespace<QuickHash>
    private(set) var header: LogHeader
    /// The committed op's hash.
    private(set) var hash: Digest
    private var pending: [(header: LogHeader, hash: Digest, namespace: Namespace<QuickHash>)] = []

    init(namespace: Namespace<QuickHash>, header: LogHeader) {
        self.committed = namespace
        self.header = header
        self.hash = header.hash(QuickHash.self)
    }

    /// The newest state, committed or not.
    var head: (header: LogHeader, hash: Digest, namespace: Namespace<QuickHash>) {
        self.pending.last.map { ($0.header, $0.hash, $0.namespace) } ?? (self.header, self.hash, self.committed)
    }

    /// Forgets what is ordered and not committed.
    mutating func rollBack() { self.pending.removeAll() }

    mutating func append(_ entry: LogEntry, _ namespace: Namespace<QuickHash>) {
        self.pending.append((entry.header, entry.header.hash(QuickHash.self), namespace))
    }

    /// What the namespace becomes by `entry`, or why it cannot be.
    static func apply(_ entry: LogEntry, to namespace: Namespace<QuickHash>) -> Result<Namespace<QuickHash>, Flaw> {
        var next = namespace
        if entry.header.kind == .changeSet {
            do throws(CoreError) {
                let set = try ChangeSet(decoding: entry.body)
                do throws(NamespaceError) {
                    let time = entry.header.timestampMicroseconds
                    _ = try next.apply(set, op: entry.header.op, timestampMicroseconds: time)
                } catch {
                    return .failure(Flaw("op \(entry.header.op) does not apply: \(error)"))
                }
            } catch {
                return .failure(Flaw("op \(entry.header.op) is malformed: \(error)"))
            }
        }
        guard next.tree.root == entry.header.root else {
            return .failure(Flaw("op \(entry.header.op) gives another root than it names"))
        }
        return .success(next)
    }

    /// Commits the next entry; the result is what is wrong with it.
    mutating func commit(_ entry: LogEntry) -> Flaw? {
        if let first = self.pending.first, first.header == entry.header {
            self.pending.removeFirst()
            self.committed = first.namespace
        } else {
            self.pending.removeAll()
            switch Self.apply(entry, to: self.committed) {
            case .success(let namespace): self.committed = namespace
            case .failure(let flaw): return flaw
            }
        }
        self.header = entry.header
        self.hash = entry.header.hash(QuickHash.self)
        return nil
    }
}

/// Something that must not be.
struct Flaw: Error, Hashable, Sendable, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
