package import TarnCore

/// The side of a comparison that asks: finds where its tree differs from another one, level by level, all of a level in
/// one round.
///
/// Each message carries eight bytes a node, and both sides take turns in going down, so a round trip takes two levels.
/// The differences are to be checked in the end: applied, they must give the other tree's root. If they do not, compare
/// again with another salt.
package struct TreeComparison<H: SHA256Function>: Sendable {
    private let tree: MerkleTree<H>
    private let salt: DigestSalt
    /// What is still to be asked, in turn: digests of a level in ranges, or entries by their digests.
    private var pending: [(level: Int, keys: [KeyRange])]
    private var wanted: [(range: Frontier.Range, own: [ComparisonReply.Item])] = []
    private var asked: Asked?
    /// Where the trees differ, as far as is known: `old` is this side's, `new` the other one's. Not in order.
    package private(set) var differences: [Difference] = []
    /// Requests made so far.
    package private(set) var roundsCount = 0

    private enum Asked {
        case nodes(Frontier)
        case entries([(range: Frontier.Range, own: [ComparisonReply.Item])])
    }

    package init(_ tree: MerkleTree<H>, salt: UInt64) {
        self.tree = tree
        self.salt = DigestSalt(salt)
        self.pending = [(tree.startLevel, [.all])]
    }

    /// The next question, or nil when everything is known. Each must be answered before the next one.
    package mutating func next() -> ComparisonRequest? {
        if !self.wanted.isEmpty {
            let taken = Array(self.wanted.prefix(MerkleTree<H>.comparisonMembersMax))
            self.wanted.removeFirst(taken.count)
            self.asked = .entries(taken)
            self.roundsCount += 1
            return .entries(taken.map(\.range))
        }
        guard let first = self.pending.first else { return nil }
        self.pending.removeFirst()
        var frontier = Frontier(level: first.level, ranges: [])
        var room = MerkleTree<H>.comparisonMembersMax
        for (index, keys) in first.keys.enumerated() {
            let rest: KeyRange?
            if room > 0 {
                let added = self.tree.append(keys, to: &frontier, room: room, self.salt)
                room -= added.count
                rest = added.resume.flatMap { keys.from($0) }
            } else {
                rest = keys
            }
            if let rest {
                self.pending.insert((first.level, [rest] + first.keys[(index + 1)...]), at: 0)
                break
            }
        }
        self.asked = .nodes(frontier)
        self.roundsCount += 1
        return .frontier(frontier)
    }

    /// Takes in the answer to the last question. Throws ``CoreError`` `malformed` for one that does not fit it.
    package mutating func receive(_ reply: ComparisonReply) throws(CoreError) {
        guard let asked else { throw CoreError(.malformed, "an answer to no question") }
        self.asked = nil
        if let resume = reply.resume { try self.askAgain(asked, from: resume) }
        switch (asked, reply.content) {
        case (.nodes(let frontier), .frontier(let below)):
            guard frontier.level > Frontier.entryLevel, below.level == frontier.level - 1 else {
                throw CoreError(.malformed, "digests of level \(below.level) in answer to level \(frontier.level)")
            }
            self.descend(below)
        case (.nodes(let frontier), .entries(let answers)):
            guard frontier.level == Frontier.entryLevel, answers.count <= frontier.ranges.count else {
                throw CoreError(.malformed, "entries in answer to digests of level \(frontier.level)")
            }
            for (range, answer) in zip(frontier.ranges, answers) { try self.take(answer, to: range) }
        case (.entries(let wanted), .entries(let answers)):
            guard answers.count <= wanted.count else { throw CoreError(.malformed, "more ranges than were asked for") }
            for (want, answer) in zip(wanted, answers) { self.note(own: want.own, other: answer.entries) }
        case (.entries, .frontier):
            throw CoreError(.malformed, "digests in answer to a question for entries")
        }
    }

    /// What was asked from `key` on was not answered.
    private mutating func askAgain(_ asked: Asked, from key: [UInt8]) throws(CoreError) {
        switch asked {
        case .nodes(let frontier):
            let rest = frontier.ranges.compactMap { $0.keys.from(key) }
            guard rest.count < frontier.ranges.count || rest.first != frontier.ranges.first?.keys else {
                throw CoreError(.malformed, "an answer that answers nothing")
            }
            if !rest.isEmpty { self.pending.insert((frontier.level, rest), at: 0) }
        case .entries(let wanted):
            let rest = wanted.filter { !KeyRange.precedes($0.range.keys.lower, key) }
            guard rest.count < wanted.count else { throw CoreError(.malformed, "an answer that answers nothing") }
            self.wanted.insert(contentsOf: rest, at: 0)
        }
    }

    /// Compares the other side's digests with its own; goes down where they differ.
    private mutating func descend(_ frontier: Frontier) {
        var below: [KeyRange] = []
        for range in frontier.ranges {
            let members = self.tree.members(of: frontier.level, in: range.keys)
            let runs = VectorRun.all(members.map { self.salt.short($0.digest) }, range.digests)
            guard frontier.level == Frontier.entryLevel else {
                below += runs.map { MerkleTree<H>.keys(of: $0, members, in: range.keys) }
                continue
            }
            guard !runs.isEmpty else { continue }
            let entries = self.tree.entries(in: range.keys)
            let own = runs.flatMap { Array($0.own) }.map {
                ComparisonReply.Item(path: entries[$0].path, entry: entries[$0].entry)
            }
            let digests = runs.flatMap { Array($0.other) }.map { range.digests[$0] }
            if digests.isEmpty {
                self.note(own: own, other: [])
            } else {
                self.wanted.append((Frontier.Range(keys: range.keys, digests: digests), own))
            }
        }
        if !below.isEmpty { self.pending.append((frontier.level - 1, below)) }
    }

    private mutating func take(_ answer: ComparisonReply.Entries, to range: Frontier.Range) throws(CoreError) {
        let entries = self.tree.entries(in: range.keys)
        guard answer.keys == range.keys, answer.unmatched.allSatisfy({ entries.indices.contains($0) }) else {
            throw CoreError(.malformed, "entries of other keys than were asked for")
        }
        let own = answer.unmatched.map { ComparisonReply.Item(path: entries[$0].path, entry: entries[$0].entry) }
        self.note(own: own, other: answer.entries)
    }

    /// Notes what both sides have of one range and the other one does not have like that.
    private mutating func note(own: [ComparisonReply.Item], other: [ComparisonReply.Item]) {
        var theirs = Dictionary(other.map { ($0.path, $0.entry) }, uniquingKeysWith: { first, _ in first })
        for item in own {
            let new = theirs.removeValue(forKey: item.path)
            guard new != item.entry else { continue }
            self.differences.append(Difference(path: item.path, old: item.entry, new: new))
        }
        for item in other {
            guard let new = theirs.removeValue(forKey: item.path) else { continue }
            self.differences.append(Difference(path: item.path, old: nil, new: new))
        }
    }
}
