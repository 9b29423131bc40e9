internal import TarnCore

extension ImportDriver {
    /// Takes over a file whose content is stored.
    mutating func deliver(_ addition: MoveMatcher.Addition) {
        if let key = self.deltaKeys[addition.index] {
            self.deltaAdditions.append((key, addition))
        } else if self.known[addition.index] != nil || !self.matcher.hold(addition) {
            self.addData(addition)
        }
    }

    mutating func scheduleCommits(_ group: inout ThrowingTaskGroup<Event, any Error>) {
        while true {
            self.flushData()
            let setsMax = self.phase.isConcurrent ? Limits.importSetsInFlightMax : 1
            while self.setsInFlight < setsMax, !self.waiting[self.phase.rawValue].isEmpty {
                let set = self.waiting[self.phase.rawValue].removeFirst()
                let client = self.context.client
                self.setsInFlight += 1
                group.addTask { .committed(set, try await client.commit(set.changes)) }
            }
            guard self.setsInFlight == 0, self.waiting[self.phase.rawValue].isEmpty, self.isExhausted(self.phase),
                let next = self.phase.next, self.isExhausted(before: next)
            else { return }
            self.phase = next
            self.fill(next)
        }
    }

    mutating func onCommitted(_ set: PendingSet, _ receipt: TarnHTTPClient.Receipt) {
        self.setsInFlight -= 1
        for owner in set.owners {
            self.tree.setStamp(owner.stamp, at: owner.index)
            self.plan.isInTarget[owner.index] = true
            self.plan.contents[owner.index] = owner.content
        }
        self.isDirty = true
        self.result.changesCount += receipt.changesCount
        if receipt.changesCount > 0 { self.ownOps.insert(receipt.op.number) }
        if receipt.op >= self.result.op {
            self.result.op = receipt.op
            self.result.root = receipt.root
        }
    }

    /// Makes the sets of a phase whose changes are all known when it begins.
    mutating func fill(_ phase: ImportPhase) {
        switch phase {
        case .replacements: self.wait(self.plan.replacements.map { self.deletion($0) }, phase)
        case .directories: self.fillDirectories()
        case .data: break
        case .moves: self.fillMoves()
        case .adjustments: self.fillAdjustments()
        case .deltaLog: self.fillDeltaLog()
        case .deletions: self.fillDeletions()
        }
    }

    /// Whether no more changes of `phase` will come.
    private func isExhausted(_ phase: ImportPhase) -> Bool {
        phase == .data ? self.unfinishedDataCount == 0 : true
    }

    private func isExhausted(before phase: ImportPhase) -> Bool {
        phase == .deltaLog ? self.unfinishedDeltaCount == 0 : true
    }

    /// Once all data files are read, tells moves from additions and closes the last set.
    private mutating func flushData() {
        guard self.phase == .data, self.unfinishedDataCount == 0 else { return }
        let (moves, additions) = self.matcher.finish()
        self.moves.append(contentsOf: moves)
        for addition in additions { self.addData(addition) }
        if let last = self.dataBuilder.finish() { self.waiting[ImportPhase.data.rawValue].append(last) }
    }

    private mutating func addData(_ addition: MoveMatcher.Addition) {
        let full = self.dataBuilder.add(
            self.put(addition),
            newBytesCount: addition.entry.size,
            owner: self.owner(addition)
        )
        if let full { self.waiting[ImportPhase.data.rawValue].append(full) }
    }

    private mutating func fillDirectories() {
        var changes: [(Change, PendingSet.Owner?)] = []
        if !self.survey.exists { changes.append((Change(path: self.context.target, action: .put(.directory())), nil)) }
        for index in self.plan.directories {
            let path = self.context.namespacePath(self.tree.path(at: index))
            let owner = PendingSet.Owner(index: index, stamp: self.tree.items[index].stamp, content: .zero)
            changes.append((Change(path: path, action: .put(.directory())), owner))
        }
        self.wait(changes, .directories)
    }

    private mutating func fillMoves() {
        self.result.movedCount = self.moves.count
        self.wait(
            self.moves.map { move in
                let from = self.context.namespacePath(move.from.path[...])
                let to = self.context.namespacePath(self.tree.path(at: move.to.index))
                let change = Change(path: from, precondition: .content(move.from.content), action: .move(to: to))
                return (change, self.needsAdjustment(move) ? nil : self.owner(move.to))
            },
            .moves
        )
    }

    private mutating func fillAdjustments() {
        let moved = self.moves.filter { self.needsAdjustment($0) }
        self.wait(moved.map { (self.put($0.to), self.owner($0.to)) }, .adjustments)
    }

    /// A move keeps the attributes; they may have to change with the name's extension or the file's time.
    private func needsAdjustment(_ move: MoveMatcher.Move) -> Bool {
        func fileExtension(_ path: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
            let name = path.suffix(from: path.lastIndex(of: UInt8(ascii: "/")) ?? path.startIndex)
            return name.suffix(from: name.lastIndex(of: UInt8(ascii: ".")) ?? name.endIndex)
        }
        if self.context.areTimesSignificant {
            return move.to.entry.attributes.modifiedAtNanoseconds != move.from.modifiedNanoseconds
        }
        return fileExtension(move.from.path[...]) != fileExtension(self.tree.path(at: move.to.index))
    }

    /// Commits of a table whose files are not all there stay out: the table keeps the version that it has.
    private mutating func fillDeltaLog() {
        let tables = Set(self.deltaAdditions.map(\.key.table))
        let held = tables.filter { table in
            let prefix = table.isEmpty ? table : table + [UInt8(ascii: "/")]
            return self.failedPaths.contains { $0.starts(with: prefix) || $0.isEmpty }
        }
        for table in held.sorted(by: Bytes.isLess) {
            self.result.problems.append(
                "\(String(decoding: table, as: UTF8.self))/_delta_log",
                "its commits were left out, because files of the table could not be imported"
            )
        }
        self.deltaAdditions.sort { $0.key < $1.key }
        self.wait(
            self.deltaAdditions.filter { !held.contains($0.key.table) }
                .map { (self.put($0.addition), self.owner($0.addition)) },
            .deltaLog
        )
        self.deltaAdditions = []
    }

    private mutating func fillDeletions() {
        let moved = Set(self.moves.map(\.from.path))
        let roots = self.plan.deletionRoots.filter { !moved.contains($0.path) }
        self.result.deletedCount = roots.count + self.plan.replacements.count
        self.wait(roots.map { self.deletion($0) }, .deletions)
    }

    private mutating func wait(_ changes: [(Change, PendingSet.Owner?)], _ phase: ImportPhase) {
        var builder = ChangeSetBuilder()
        for (change, owner) in changes {
            if let full = builder.add(change, owner: owner) { self.waiting[phase.rawValue].append(full) }
        }
        if let last = builder.finish() { self.waiting[phase.rawValue].append(last) }
    }

    private func put(_ addition: MoveMatcher.Addition) -> Change {
        Change(
            path: self.context.namespacePath(self.tree.path(at: addition.index)),
            action: .put(addition.entry)
        )
    }

    private func owner(_ addition: MoveMatcher.Addition) -> PendingSet.Owner {
        PendingSet.Owner(index: addition.index, stamp: addition.stamp, content: addition.entry.content)
    }

    private func deletion(_ deletion: ImportPlan.Deletion) -> (Change, PendingSet.Owner?) {
        let path = self.context.namespacePath(deletion.path[...])
        return (Change(path: path, action: .delete(recursive: deletion.isDirectory)), nil)
    }
}
