import TarnCore
import TarnSegment
import TarnTestKit
import Testing

@Suite("Index of the log")
struct LogIndexTests {
    /// Entry `op` of branch `branch`; branch 0 is the main line, and others leave it behind `fork`.
    private struct Entry: Hashable {
        let op: UInt64
        let branch: UInt64
        var fork: UInt64 = 3

        var hash: Digest { Digest(words: self.op, self.op <= self.fork ? 0 : self.branch, 7, 7) }
        var parent: Digest { self.op == 0 ? .zero : Entry(op: self.op - 1, branch: self.branch, fork: self.fork).hash }
        var reference: LogReference { .entry(op: Op(self.op), hash: self.hash, parent: self.parent) }
    }

    private var index = LogIndex()
    private var offset: UInt32 = 0

    private mutating func apply(_ reference: LogReference) {
        self.offset += 1
        self.index.apply(reference, at: LogLocation(segment: 1, offset: self.offset, bytesCount: 1))
    }

    private mutating func append(_ ops: ClosedRange<UInt64>, branch: UInt64 = 0, fork: UInt64 = 3) {
        for op in ops { self.apply(Entry(op: op, branch: branch, fork: fork).reference) }
    }

    private mutating func head(_ entry: Entry, view: UInt64 = 1) {
        self.apply(.head(logView: View(view), op: Op(entry.op), entry: entry.hash))
    }

    private func live(_ ops: ClosedRange<UInt64>) -> [Digest?] { ops.map { self.index.version(at: Op($0))?.hash } }
    private static func main(_ ops: ClosedRange<UInt64>, branch: UInt64 = 0) -> [Digest?] {
        ops.map { Entry(op: $0, branch: branch).hash }
    }

    @Test("an empty log has no head")
    func empty() {
        let summary = self.index.summary
        #expect(summary.isEmpty && summary.head == .genesis && summary.headEntry == .zero && summary.first == nil)
        #expect(summary.acknowledgedThrough == nil)
    }

    @Test("entries in order make one chain")
    mutating func inOrder() {
        self.append(0...9)
        let summary = self.index.summary
        #expect(summary.head == Op(9) && summary.headEntry == Entry(op: 9, branch: 0).hash && summary.first == Op(0))
        #expect(self.live(0...9) == Self.main(0...9) && !summary.isEmpty)
    }

    @Test("without a HEAD the newest entry of an op wins, and what followed the old one is superseded")
    mutating func newestWins() {
        self.append(0...9)
        self.append(4...6, branch: 1)
        #expect(self.index.summary.head == Op(6))
        #expect(self.live(0...7) == Self.main(0...3) + Self.main(4...6, branch: 1) + [nil])
        #expect(self.index.others(at: Op(5)).map(\.hash) == [Entry(op: 5, branch: 0).hash])
        #expect(self.index.version(at: Op(8), hash: Entry(op: 8, branch: 0).hash) != nil)
    }

    @Test("a HEAD cuts the log, and what it dropped comes back only when it is written again")
    mutating func headCuts() {
        self.append(0...9)
        self.head(Entry(op: 5, branch: 0), view: 4)
        #expect(self.index.summary.head == Op(5) && self.index.summary.logView == View(4))
        #expect(self.live(6...9) == [nil, nil, nil, nil])
        self.append(6...6)
        #expect(self.index.summary.head == Op(6))
        self.append(7...8)
        #expect(self.index.summary.head == Op(8) && self.live(0...9) == Self.main(0...8) + [nil])
    }

    @Test("a HEAD on another branch makes that branch live")
    mutating func headSwitches() {
        self.append(0...9)
        self.append(4...6, branch: 1)
        self.head(Entry(op: 9, branch: 0), view: 3)
        #expect(self.index.summary.head == Op(9) && self.live(0...9) == Self.main(0...9))
        self.head(Entry(op: 5, branch: 1), view: 4)
        #expect(self.live(0...9) == Self.main(0...3) + Self.main(4...5, branch: 1) + [nil, nil, nil, nil])
    }

    @Test("an entry of another branch cannot replace what the HEAD covers")
    mutating func headWins() {
        self.append(0...9)
        self.head(Entry(op: 9, branch: 0))
        self.append(4...5, branch: 1)
        #expect(self.index.summary.head == Op(9) && self.live(0...9) == Self.main(0...9))
    }

    @Test("a HEAD whose entry is missing is the head, and repair from behind completes the log")
    mutating func repairBackwards() {
        self.append(0...5, branch: 2)
        self.head(Entry(op: 9, branch: 0), view: 6)
        #expect(self.index.summary.head == Op(9) && self.index.summary.first == nil)
        #expect(self.index.summary.headEntry == Entry(op: 9, branch: 0).hash)
        for op in (4...9).reversed() as ReversedCollection<ClosedRange<UInt64>> {
            self.append(op...op)
            #expect(self.index.summary.head == Op(9))
        }
        #expect(self.live(0...9) == Self.main(0...9) && self.index.summary.first == Op(0))
        #expect(self.index.others(at: Op(5)).map(\.hash) == [Entry(op: 5, branch: 2).hash])
    }

    @Test("a hole divides the log, and filling it joins the halves")
    mutating func hole() {
        self.append(0...4)
        self.append(7...9)
        #expect(self.index.summary.head == Op(9) && self.index.summary.first == Op(7))
        #expect(self.live(0...9) == Self.main(0...4) + [nil, nil] + Self.main(7...9))
        self.append(6...6)
        #expect(self.index.summary.first == Op(6))
        self.append(5...5)
        #expect(self.index.summary.first == Op(0) && self.live(0...9) == Self.main(0...9))
    }

    @Test("any order of arrival behind a HEAD gives the same log", arguments: 0..<60 as Range<UInt64>)
    mutating func anyOrder(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let fork = UInt64(random.below(8))
        self.append(0...UInt64(random.below(12)), branch: 1, fork: fork)
        self.head(Entry(op: 10, branch: 0), view: 2)
        var arrivals = (0...14).map { Entry(op: $0, branch: 0) }
        arrivals += (0...12).map { Entry(op: $0, branch: 1, fork: fork) }
        // What follows the head is appended in order, everything else arrives as it likes.
        arrivals =
            arrivals.filter { $0.op <= 10 }.shuffled(using: &random) + arrivals.filter { $0.op > 10 && $0.branch == 0 }
        for entry in arrivals { self.apply(entry.reference) }
        #expect(self.live(0...14) == Self.main(0...14), "seed \(seed)")
        #expect(self.index.summary.head == Op(14) && self.index.summary.first == Op(0), "seed \(seed)")
    }

    @Test("replaying the same records gives the same index", arguments: 0..<40 as Range<UInt64>)
    mutating func replay(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var again = LogIndex()
        for number in 0..<200 as Range<UInt32> {
            let entry = Entry(
                op: UInt64(random.below(12)),
                branch: UInt64(random.below(3)),
                fork: UInt64(random.below(6))
            )
            let reference: LogReference =
                switch random.below(10) {
                case 0: .head(logView: View(UInt64(number)), op: Op(entry.op), entry: entry.hash)
                case 1, 2: .acknowledgement(op: Op(entry.op), entry: entry.hash)
                default: entry.reference
                }
            let location = LogLocation(segment: 1, offset: number, bytesCount: 1)
            self.index.apply(reference, at: location)
            again.apply(reference, at: location)
            let summary = self.index.summary
            // Every live entry's parent is the live entry before it, wherever both are here.
            for op in 1...12 as ClosedRange<UInt64> {
                guard let version = self.index.version(at: Op(op)), op >= (summary.first?.number ?? 99) + 1 else {
                    continue
                }
                guard op <= summary.head.number else { continue }
                #expect(self.index.version(at: Op(op - 1))?.hash == version.parent, "seed \(seed) at \(number)")
            }
            if case .head(_, let op, let hash) = reference {
                #expect(summary.head == op && summary.headEntry == hash, "seed \(seed) at \(number)")
            }
        }
        #expect(again.summary == self.index.summary, "seed \(seed)")
    }

    @Test("what is acknowledged behind a missing entry says nothing of what lies before it")
    mutating func acknowledgedSinceGenesis() {
        #expect(self.index.summary.acknowledgedSinceGenesis == .genesis)
        self.append(1...4, fork: 20)
        self.append(6...9, fork: 20)
        for op in [1, 2, 4, 6, 7, 8, 9] as [UInt64] {
            self.apply(.acknowledgement(op: Op(op), entry: Entry(op: op, branch: 0).hash))
        }
        #expect(self.index.summary.acknowledgedThrough == Op(9))
        #expect(self.index.summary.acknowledgedSinceGenesis == Op(2))
        self.apply(.acknowledgement(op: Op(3), entry: Entry(op: 3, branch: 0).hash))
        #expect(self.index.summary.acknowledgedSinceGenesis == Op(4))
    }

    @Test("acknowledgements belong to one entry, and survive the loss of it")
    mutating func acknowledgements() {
        self.append(0...5)
        for op in 0...5 as ClosedRange<UInt64> {
            self.apply(.acknowledgement(op: Op(op), entry: Entry(op: op, branch: 0).hash))
        }
        #expect(self.index.summary.acknowledgedThrough == Op(5))
        self.append(4...4, branch: 1)
        #expect(
            !self.index.isAcknowledged(Op(4)) && !self.index.isAcknowledged(Op(5)) && self.index.isAcknowledged(Op(3))
        )
        #expect(self.index.summary.acknowledgedThrough == Op(3))
        self.head(Entry(op: 5, branch: 0))
        #expect(self.index.isAcknowledged(Op(4)) && self.index.isAcknowledged(Op(5)))
        self.apply(.acknowledgement(op: Op(8), entry: Entry(op: 8, branch: 0).hash))
        #expect(self.index.isAcknowledged(Op(8)))
        self.append(6...8)
        #expect(self.index.isAcknowledged(Op(8)) && !self.index.isAcknowledged(Op(7)))
    }

    @Test("a later copy of the same entry is where it is read from")
    mutating func moved() {
        self.append(0...2)
        self.append(1...1)
        #expect(self.index.version(at: Op(1))?.location.offset == 4 && self.index.summary.head == Op(2))
    }
}
