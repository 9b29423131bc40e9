internal import TarnCore

extension MerkleTree {
    /// Digests and entries of one message: 512 KiB of digests.
    package static var comparisonMembersMax: Int { 65_536 }
    /// Bytes of entries in one answer, about; one range always fits.
    package static var comparisonBytesMax: Int { 4 << 20 }

    /// Answers one request of a comparison from this tree. `salt` is that of the asking side.
    package func answer(_ request: ComparisonRequest, salt: UInt64) -> ComparisonReply {
        let salt = DigestSalt(salt)
        switch request {
        case .frontier(let frontier) where frontier.level == Frontier.entryLevel:
            return self.answerEntries(frontier.ranges, salt) { own, asked in
                let runs = VectorRun.all(own.map { salt.short($0.hash) }, asked)
                return (runs.flatMap { Array($0.own) }, runs.flatMap { Array($0.other) })
            }
        case .entries(let ranges):
            return self.answerEntries(ranges, salt) { own, asked in
                let wanted = Set(asked)
                return (own.indices.filter { wanted.contains(salt.short(own[$0].hash)) }, [])
            }
        case .frontier(let frontier):
            return self.answerNodes(frontier, salt)
        }
    }

    private typealias Own = [(path: NamespacePath, entry: Entry, hash: Digest)]

    private func answerEntries(
        _ ranges: [Frontier.Range],
        _ salt: DigestSalt,
        _ choose: (Own, [UInt64]) -> (own: [Int], other: [Int])
    ) -> ComparisonReply {
        var out: [ComparisonReply.Entries] = []
        var bytesCount = 0
        for range in ranges {
            guard bytesCount < Self.comparisonBytesMax else {
                return ComparisonReply(content: .entries(out), resume: range.keys.lower)
            }
            let own = self.entries(in: range.keys)
            let chosen = choose(own, range.digests)
            let items = chosen.own.map { ComparisonReply.Item(path: own[$0].path, entry: own[$0].entry) }
            bytesCount += items.reduce(8) { $0 + $1.path.utf8.count + Limits.comparisonEntryBytes }
            out.append(ComparisonReply.Entries(keys: range.keys, entries: items, unmatched: chosen.other))
        }
        return ComparisonReply(content: .entries(out), resume: nil)
    }

    private func answerNodes(_ frontier: Frontier, _ salt: DigestSalt) -> ComparisonReply {
        var out = Frontier(level: frontier.level - 1, ranges: [])
        var count = 0
        for range in frontier.ranges {
            let own = self.members(of: frontier.level, in: range.keys)
            for run in VectorRun.all(own.map { salt.short($0.digest) }, range.digests) {
                let keys = Self.keys(of: run, own, in: range.keys)
                guard count < Self.comparisonMembersMax else {
                    return ComparisonReply(content: .frontier(out), resume: keys.lower)
                }
                let added = self.append(keys, to: &out, room: Self.comparisonMembersMax - count, salt)
                count += added.count
                if let resume = added.resume {
                    return ComparisonReply(content: .frontier(out), resume: resume)
                }
            }
        }
        return ComparisonReply(content: .frontier(out), resume: nil)
    }

    /// Adds the digests of `keys` to `frontier`, as far as there is room; the key from which on there is none.
    func append(
        _ keys: KeyRange,
        to frontier: inout Frontier,
        room: Int,
        _ salt: DigestSalt
    ) -> (count: Int, resume: [UInt8]?) {
        let members = self.members(of: frontier.level, in: keys, limit: max(room, 1) + 1)
        let fitting = members.prefix(max(room, 1))
        let resume = members.count > fitting.count ? members[fitting.count].firstKey : nil
        let upper = resume ?? keys.upper
        frontier.ranges.append(
            Frontier.Range(
                keys: KeyRange(lower: keys.lower, upper: upper),
                digests: fitting.map { salt.short($0.digest) }
            )
        )
        // Ranges cost, too, whatever is in them.
        return (fitting.count + 1, resume)
    }

    /// The keys between the members around `run`, which both sides have.
    static func keys(of run: VectorRun, _ own: [FrontierMember], in range: KeyRange) -> KeyRange {
        KeyRange(
            lower: run.own.lowerBound == 0 ? range.lower : own[run.own.lowerBound - 1].lastKey + [0],
            upper: run.own.upperBound == own.count ? range.upper : own[run.own.upperBound].firstKey
        )
    }
}
