/// Decides whether a history of one register is linearizable: whether every operation can be given a moment between its
/// start and its end so that each read returns the last value written before.
///
/// The search of Wing and Gong, with Lowe's memory of what was tried: a set of operations that have taken effect leads
/// nowhere twice with the same value. A write whose end is open may take effect at any time after its start, or never.
/// A read whose end is open says nothing.
package struct LinearizabilityChecker: Sendable {
    package enum Verdict: Hashable, Sendable {
        case linearizable
        /// No order explains the history; this operation could not be placed however the ones before it were.
        case violation(RegisterOperation)
        /// The search took more steps than allowed.
        case undecided
    }

    /// Steps of the search before it gives up.
    private let stepsMax: Int

    package init(stepsMax: Int = 20_000_000) {
        self.stepsMax = stepsMax
    }

    /// Judges `operations` of one register that had no value, or `initial`, at first.
    package func check(_ operations: [RegisterOperation], initial: String? = nil) -> Verdict {
        var search = Search(Self.sharpened(operations, initial), value: initial)
        return search.run(stepsMax: self.stepsMax)
    }

    /// The same question with fewer open ends, each of which doubles the search: reads without an answer say nothing,
    /// a write without an answer that nobody read may as well not have happened, and one whose value was read took
    /// effect before that read ended, unless something else gave the same value.
    private static func sharpened(_ operations: [RegisterOperation], _ initial: String?) -> [RegisterOperation] {
        var writersCount: [String: Int] = [:]
        var firstReadEnd: [String: UInt64] = [:]
        for operation in operations {
            switch operation.kind {
            case .write(let value): writersCount[value, default: 0] += 1
            case .read(let value):
                guard let value, let end = operation.end else { continue }
                firstReadEnd[value] = min(firstReadEnd[value] ?? .max, end)
            }
        }
        return operations.compactMap { operation in
            guard operation.end == nil else { return operation }
            guard case .write(let value) = operation.kind, let end = firstReadEnd[value] else { return nil }
            guard writersCount[value] == 1, value != initial else { return operation }
            return RegisterOperation(
                client: operation.client,
                kind: operation.kind,
                start: operation.start,
                end: max(operation.start, end)
            )
        }
    }

    /// Starts and ends of operations in the order of time, as a list from which operations are taken and to which they
    /// are given back.
    private struct Search {
        private struct Visit: Hashable {
            let done: [UInt64]
            let value: String?
        }

        private let operations: [RegisterOperation]
        /// Per event: the operation, and whether it is its start.
        private let events: [(operation: Int, isStart: Bool)]
        /// Per operation: where its end stands among the events.
        private var ends: [Int]
        // The list; index 0 stands before the first event.
        private var next: [Int]
        private var previous: [Int]
        private var value: String?
        private var done: [UInt64]
        private var stack: [(event: Int, value: String?)] = []
        private var visited: Set<Visit> = []

        init(_ operations: [RegisterOperation], value: String?) {
            self.operations = operations
            self.value = value
            self.done = Array(repeating: 0, count: operations.count / 64 + 1)
            var timed: [(time: UInt64, isStart: Bool, operation: Int)] = []
            for (index, operation) in operations.enumerated() {
                timed.append((operation.start, true, index))
                timed.append((operation.end ?? .max, false, index))
            }
            // What starts when something else ends may have been before it.
            timed.sort { ($0.time, $0.isStart ? 0 : 1, $0.operation) < ($1.time, $1.isStart ? 0 : 1, $1.operation) }
            self.events = [(-1, false)] + timed.map { ($0.operation, $0.isStart) }
            self.ends = Array(repeating: 0, count: operations.count)
            for (index, event) in self.events.enumerated() where index > 0 && !event.isStart {
                self.ends[event.operation] = index
            }
            self.next = (1...self.events.count).map { $0 < timed.count + 1 ? $0 : 0 }
            self.previous = (0..<self.events.count).map { max(0, $0 - 1) }
        }

        mutating func run(stepsMax: Int) -> Verdict {
            var event = self.next[0]
            var farthest = (depth: -1, operation: 0)
            var steps = 0
            while self.next[0] != 0 {
                steps += 1
                guard steps <= stepsMax else { return .undecided }
                let (operation, isStart) = self.events[event]
                if isStart {
                    event = self.tryToPlace(operation, event) ? self.next[0] : self.next[event]
                } else {
                    // It ended before anything that is left began, and could not be placed.
                    if self.stack.count > farthest.depth { farthest = (self.stack.count, operation) }
                    guard let last = self.stack.popLast() else {
                        return .violation(self.operations[farthest.operation])
                    }
                    self.value = last.value
                    let undone = self.events[last.event].operation
                    self.done[undone / 64] &= ~(1 << UInt64(undone % 64))
                    self.giveBack(last.event)
                    event = self.next[last.event]
                }
            }
            return .linearizable
        }

        private mutating func tryToPlace(_ operation: Int, _ event: Int) -> Bool {
            let after: String?
            switch self.operations[operation].kind {
            case .write(let value): after = value
            case .read(let value):
                guard value == self.value else { return false }
                after = value
            }
            var done = self.done
            done[operation / 64] |= 1 << UInt64(operation % 64)
            guard self.visited.insert(Visit(done: done, value: after)).inserted else { return false }
            self.stack.append((event, self.value))
            self.value = after
            self.done = done
            self.take(event)
            return true
        }

        private mutating func take(_ event: Int) {
            for place in [event, self.ends[self.events[event].operation]] {
                self.next[self.previous[place]] = self.next[place]
                if self.next[place] != 0 { self.previous[self.next[place]] = self.previous[place] }
            }
        }

        private mutating func giveBack(_ event: Int) {
            for place in [self.ends[self.events[event].operation], event] {
                self.next[self.previous[place]] = place
                if self.next[place] != 0 { self.previous[self.next[place]] = place }
            }
        }
    }
}
