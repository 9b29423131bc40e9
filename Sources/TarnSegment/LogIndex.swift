package import TarnCore

/// Which record holds the entry of each op, kept while records are appended and rebuilt from them in order of writing.
///
/// The live log is the walk back by parent hashes from the newest HEAD, and forward over what was appended behind it;
/// without a HEAD the newest entry of an op wins. Entries that are not on it are kept aside: they may be orphans, or
/// pieces that arrive out of order.
package struct LogIndex: Sendable {
    /// The live log. More than one run when entries are missing; runs are sorted and at least one op apart. An empty
    /// last run stands for a HEAD whose entry is missing.
    private var runs: [LogRun] = []
    private var aside: [UInt64: [LogVersion]] = [:]
    private var head: (logView: View, op: UInt64, stamp: UInt64)?
    private var acknowledged = OpRanges()
    /// Acknowledgements whose entry is not here: the promise was made, so it holds.
    private var loose: [UInt64: Digest] = [:]
    private var stamp: UInt64 = 0

    package init() {}

    /// What the index holds, as a value that does not change any more.
    package var summary: LogSummary {
        let last = self.runs.last
        return LogSummary(
            isEmpty: self.runs.isEmpty && self.aside.isEmpty,
            head: Op(last.map { $0.end == 0 ? 0 : $0.end - 1 } ?? 0),
            headEntry: last?.tip ?? .zero,
            logView: self.head?.logView ?? View(0),
            first: last.flatMap { $0.links.isEmpty ? nil : Op($0.first) },
            acknowledged: self.acknowledged
        )
    }

    /// Whether the live entry of `op`, or one that was lost, is acknowledged.
    package func isAcknowledged(_ op: Op) -> Bool { self.acknowledged.contains(op) }

    /// The live entry of `op`, or nil.
    package func version(at op: Op) -> LogVersion? {
        self.run(containing: op.number).map { self.runs[$0].version(at: op.number) }
    }

    /// The entry of `op` with this header hash, live or not.
    package func version(at op: Op, hash: Digest) -> LogVersion? {
        if let live = self.version(at: op), live.hash == hash { return live }
        return self.aside[op.number]?.first { $0.hash == hash }
    }

    /// Every entry of `op` that is not live, oldest first: orphans of deposed primaries.
    package func others(at op: Op) -> [LogVersion] {
        (self.aside[op.number] ?? []).sorted { $0.stamp < $1.stamp }
    }

    /// Ops with entries that are not live, ascending.
    package var opsAside: [Op] { self.aside.keys.sorted().map { Op($0) } }

    /// Takes a record, in order of writing. Checkpoints are none of the log's records.
    package mutating func apply(_ reference: LogReference, at location: LogLocation) {
        self.stamp += 1
        switch reference {
        case .entry(let op, let hash, let parent): self.add(op.number, hash, parent: parent, location)
        case .acknowledgement(let op, let entry): self.acknowledge(op.number, entry)
        case .head(let logView, let op, let entry): self.setHead(logView, op.number, entry)
        case .checkpoint: break
        }
    }

    /// Every entry that is not live, with its op.
    package var allAside: [(op: Op, version: LogVersion)] {
        self.aside.sorted { $0.key < $1.key }.flatMap { op, versions in versions.map { (Op(op), $0) } }
    }

    /// The entry whose record lies exactly there, live or not. Looks at all of them.
    package func version(at location: LogLocation) -> (op: Op, version: LogVersion)? {
        for run in self.runs {
            for op in run.first..<run.end where run.location(at: op) == location {
                return (Op(op), run.version(at: op))
            }
        }
        return self.allAside.first { $0.version.location == location }
    }

    /// Every entry whose record lies in `segment`, live or not.
    package func versions(in segment: UInt32) -> [(op: Op, version: LogVersion)] {
        var found = self.allAside.filter { $0.version.location.segment == segment }
        for run in self.runs {
            for op in run.first..<run.end where run.location(at: op).segment == segment {
                found.append((Op(op), run.version(at: op)))
            }
        }
        return found
    }

    /// Says that the entry of `op` with this hash lies elsewhere now; nothing happens when it did not lie at `old`.
    package mutating func relocate(_ op: Op, hash: Digest, from old: LogLocation, to new: LogLocation) {
        if let index = self.run(containing: op.number), self.runs[index].hash(at: op.number) == hash {
            self.runs[index].update(at: op.number) { if $0.location == old { $0.location = new } }
        } else if let position = self.aside[op.number]?.firstIndex(where: { $0.hash == hash && $0.location == old }) {
            self.aside[op.number]?[position].location = new
        }
    }

    private mutating func add(_ op: UInt64, _ hash: Digest, parent: Digest, _ location: LogLocation) {
        guard op < UInt64.max - 1 else { return }
        let stamp = self.stamp
        if let index = self.run(containing: op), self.runs[index].hash(at: op) == hash {
            self.runs[index].update(at: op) {
                $0.location = location
                $0.stamp = stamp
            }
            return
        }
        var version = LogVersion(hash: hash, parent: parent, location: location, isAcknowledged: false, stamp: stamp)
        if let known = self.takeAside(op, hash) { version.isAcknowledged = known.isAcknowledged }
        if self.loose[op] == hash {
            self.loose[op] = nil
            version.isAcknowledged = true
        }
        self.place(version, op)
    }

    private mutating func place(_ version: LogVersion, _ op: UInt64) {
        if let index = self.runs.firstIndex(where: { $0.first == op + 1 && $0.firstParent == version.hash }) {
            self.prepend(version, op, to: index)
            return
        }
        if let index = self.runs.lastIndex(where: { $0.end == op && $0.tip == version.parent }) {
            self.append(version, op, to: index)
            return
        }
        if let index = self.run(containing: op) {
            let isBoundByHead = self.head.map { op <= $0.op && self.runs[index].contains($0.op) } ?? false
            if !isBoundByHead, self.runs[index].parent(at: op) == version.parent {
                self.cut(index, from: op)
                self.append(version, op, to: index)
                return
            }
        } else if self.runs.last.map({ op > $0.end }) ?? true {
            self.runs.append(LogRun(first: op + 1, parent: version.hash))
            self.prepend(version, op, to: self.runs.count - 1)
            return
        }
        self.aside[op, default: []].append(version)
    }

    private mutating func append(_ version: LogVersion, _ op: UInt64, to index: Int) {
        var next: LogVersion? = version
        var op = op
        while let version = next {
            self.runs[index].append(version)
            self.mark(op, version.isAcknowledged)
            op += 1
            if index + 1 < self.runs.count, self.runs[index + 1].first == op {
                _ = self.join(index)
                return
            }
            // What was dropped by a HEAD comes back only when it is written again.
            let dropped = self.head.map { op > $0.op ? $0.stamp : 0 } ?? 0
            let candidates = (self.aside[op] ?? []).filter { $0.parent == version.hash && $0.stamp > dropped }
            next = candidates.max { $0.stamp < $1.stamp }.flatMap { self.takeAside(op, $0.hash) }
        }
    }

    private mutating func prepend(_ version: LogVersion, _ op: UInt64, to index: Int) {
        var next: LogVersion? = version
        var op = op
        var index = index
        while let version = next {
            self.runs[index].prepend(version)
            self.mark(op, version.isAcknowledged)
            guard op > 0 else { return }
            if index > 0, self.runs[index - 1].end == op {
                guard let upper = self.join(index - 1) else { return }
                index = upper
            }
            op -= 1
            next = self.takeAside(op, version.parent)
        }
    }

    /// Makes one run of `lower` and the one above, which begins where the lower ends. When they contradict each other
    /// the upper, which is closer to the head, stays, and the result is its index.
    private mutating func join(_ lower: Int) -> Int? {
        let upper = self.runs[lower + 1]
        if self.runs[lower].tip == upper.firstParent {
            self.runs[lower].append(upper)
            self.runs.remove(at: lower + 1)
            return nil
        }
        self.cut(lower, from: upper.first - 1)
        guard self.runs[lower].links.isEmpty else { return lower + 1 }
        self.runs.remove(at: lower)
        return lower
    }

    private mutating func setHead(_ logView: View, _ op: UInt64, _ hash: Digest) {
        guard op < UInt64.max - 1 else { return }
        self.head = (logView, op, self.stamp)
        while let last = self.runs.last, last.first > op + 1 || (last.first == op + 1 && last.firstParent != hash) {
            self.cut(self.runs.count - 1, from: last.first)
            if self.runs.last?.links.isEmpty ?? false { self.runs.removeLast() }
        }
        if let index = self.run(containing: op + 1) { self.cut(index, from: op + 1) }
        if let last = self.runs.last, last.end == op + 1, last.tip == hash { return }
        // The entry is missing, or aside: what stands at its op contradicts the HEAD.
        if let index = self.run(containing: op) { self.cut(index, from: op) }
        self.runs.removeAll { $0.links.isEmpty }
        self.runs.append(LogRun(first: op + 1, parent: hash))
        if let version = self.takeAside(op, hash) { self.prepend(version, op, to: self.runs.count - 1) }
    }

    private mutating func acknowledge(_ op: UInt64, _ hash: Digest) {
        if let index = self.run(containing: op), self.runs[index].hash(at: op) == hash {
            self.runs[index].update(at: op) { $0.isAcknowledged = true }
            self.mark(op, true)
        } else if let position = self.aside[op]?.firstIndex(where: { $0.hash == hash }) {
            self.aside[op]?[position].isAcknowledged = true
        } else if self.loose.count < Limits.looseAcknowledgementsMax {
            self.loose[op] = hash
            if self.run(containing: op) == nil { self.mark(op, true) }
        }
    }

    /// Moves `op` and what follows it in that run aside. An empty run stays, for the caller to refill or remove.
    private mutating func cut(_ index: Int, from op: UInt64) {
        for (op, version) in self.runs[index].cut(from: op) {
            self.aside[op, default: []].append(version)
            self.mark(op, false)
        }
    }

    private mutating func mark(_ op: UInt64, _ isAcknowledged: Bool) {
        if isAcknowledged { self.acknowledged.insert(Op(op)) } else { self.acknowledged.remove(Op(op)) }
    }

    private mutating func takeAside(_ op: UInt64, _ hash: Digest) -> LogVersion? {
        guard let position = self.aside[op]?.firstIndex(where: { $0.hash == hash }) else { return nil }
        let version = self.aside[op]?.remove(at: position)
        if self.aside[op]?.isEmpty ?? false { self.aside[op] = nil }
        return version
    }

    /// The index of the run that holds `op`.
    private func run(containing op: UInt64) -> Int? {
        self.runs.lastIndex { $0.contains(op) }
    }
}
