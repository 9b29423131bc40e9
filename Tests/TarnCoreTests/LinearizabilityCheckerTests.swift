import TarnTestKit
import Testing

/// The judge of recorded histories, itself judged.
@Suite struct LinearizabilityCheckerTests {
    private static func write(_ value: String, _ start: UInt64, _ end: UInt64?, client: Int = 0) -> RegisterOperation {
        RegisterOperation(client: client, kind: .write(value), start: start, end: end)
    }

    private static func read(_ value: String?, _ start: UInt64, _ end: UInt64?, client: Int = 1) -> RegisterOperation {
        RegisterOperation(client: client, kind: .read(value), start: start, end: end)
    }

    @Test(arguments: [
        [],
        [read(nil, 1, 2)],
        [write("a", 1, 2), read("a", 3, 4)],
        // A read beside a write may see it or not.
        [write("a", 1, 10), read(nil, 2, 3), read("a", 4, 5)],
        [write("a", 1, 2), write("b", 3, 10), write("c", 3, 10), read("c", 11, 12)],
        [write("a", 1, 2), write("b", 3, 10), write("c", 3, 10), read("b", 11, 12)],
        // What is open may have happened late, or never.
        [write("a", 1, 2), write("b", 3, nil), read("a", 5, 6), read("b", 50, 60), read("b", 70, 80)],
        [write("a", 1, 2), write("b", 3, nil), read("a", 5, 6), read("a", 70, 80)],
        [write("a", 1, 2), read(nil, 3, nil)],
        // Of two writes of one value, either explains the read.
        [write("a", 1, nil), write("b", 2, 3), write("a", 4, 5), read("a", 6, 7)],
        [write("a", 1, nil), read("a", 2, 3), write("b", 4, 5), write("a", 6, nil), read("a", 50, 60)],
    ])
    func `a history that some order explains is linearizable`(history: [RegisterOperation]) {
        #expect(LinearizabilityChecker().check(history) == .linearizable)
    }

    @Test(arguments: [
        // A stale read.
        [write("a", 1, 2), write("b", 3, 4), read("a", 5, 6)],
        // A lost write.
        [write("a", 1, 2), read(nil, 3, 4)],
        // A value that nobody wrote.
        [write("a", 1, 2), read("x", 3, 4)],
        // A value before it was written.
        [read("a", 1, 2), write("a", 3, 4)],
        // Two readers that disagree about the order.
        [
            write("a", 1, 20, client: 0), write("b", 1, 20, client: 1), read("a", 21, 22), read("b", 23, 24),
        ],
        // A write that happened, and then did not.
        [write("a", 1, 2), write("b", 3, nil), read("b", 5, 6), read("a", 7, 8)],
        // A read that goes back behind another one while the write is still under way.
        [write("a", 1, 2), write("b", 3, 30), read("b", 5, 6), read("a", 7, 8)],
    ])
    func `a planted violation is found`(history: [RegisterOperation]) {
        guard case .violation = LinearizabilityChecker().check(history) else {
            Issue.record("not found: \(history)")
            return
        }
    }

    /// A register that is right: each operation takes effect at a moment between its start and its end.
    private static func history(_ random: inout SplitMix64, count: Int) -> [RegisterOperation] {
        var value: String?
        var clock: UInt64 = 10
        var out: [RegisterOperation] = []
        for index in 0..<count {
            clock += UInt64(random.within(1...3))
            // So wide that several are under way at any time.
            let start = clock - min(clock, UInt64(random.below(9)))
            let isOpen = random.chance(percent: 10)
            let end = isOpen ? nil : clock + UInt64(random.below(9))
            if random.chance(percent: 50) {
                let new = "v\(index)"
                // Of what is open, half never happens.
                if !isOpen || random.chance(percent: 50) { value = new }
                out.append(Self.write(new, start, end, client: index))
            } else {
                out.append(Self.read(value, start, end, client: index))
            }
        }
        return out
    }

    @Test(arguments: 0..<40)
    func `histories of a right register pass, and with one stale read they fail`(seed: Int) {
        var random = SplitMix64(seed: UInt64(seed))
        var history = Self.history(&random, count: 300)
        #expect(LinearizabilityChecker().check(history) == .linearizable, "seed \(seed)")
        let last = (history.compactMap(\.end).max() ?? 0) + 1
        history.append(Self.write("new", last, last + 1))
        history.append(Self.write("newer", last + 2, last + 3))
        history.append(Self.read("new", last + 4, last + 5))
        let verdict = LinearizabilityChecker().check(history)
        guard case .violation = verdict else {
            Issue.record("seed \(seed): a stale read is \(verdict)")
            return
        }
    }

    @Test func `a search that takes too long says so`() {
        var random = SplitMix64(seed: 1)
        let history = Self.history(&random, count: 300)
        #expect(LinearizabilityChecker(stepsMax: 10).check(history) == .undecided)
    }
}
