internal import NIOCore

/// The directions between all places that proxies connect, and the orders that change them.
package final class FaultBoard: Sendable {
    private static let millisecondsMax: UInt64 = 60_000

    /// From one place to another.
    struct Direction: Hashable, Sendable {
        let from: String
        let to: String
    }

    private let lines: [Direction: FaultLine]

    /// A board for links between `pairs` of places; each has two directions, also when it is named once only.
    package init(pairs: [(from: String, to: String)]) {
        var lines: [Direction: FaultLine] = [:]
        for pair in pairs {
            for direction in [Direction(from: pair.from, to: pair.to), Direction(from: pair.to, to: pair.from)]
            where lines[direction] == nil {
                lines[direction] = FaultLine()
            }
        }
        self.lines = lines
    }

    /// The line from one place to the other, if they are linked.
    func line(from: String, to: String) -> FaultLine? { self.lines[Direction(from: from, to: to)] }

    /// Obeys one order and returns nil, or says what is wrong with it. `FROM` and `TO` are places, or `*` for all:
    ///
    ///     delay FROM TO MILLISECONDS [JITTER]     loss FROM TO PER_10000      heal [FROM TO]
    ///     bandwidth FROM TO BYTES_PER_SECOND      cut FROM TO                 isolate PLACE
    ///     reset FROM TO
    package func obey(_ order: String) -> String? {
        let words = order.split(separator: " ").map(String.init)
        guard let verb = words.first else { return "an empty order" }
        if verb == "isolate", words.count == 2 {
            return self.apply(from: words[1], to: "*") { $0.isCut = true }
                ?? self.apply(from: "*", to: words[1]) { $0.isCut = true }
        }
        if verb == "heal", words.count == 1 { return self.apply(from: "*", to: "*") { $0 = LineFaults() } }
        guard words.count >= 3 else { return "'\(order)' names no two places" }
        let (from, to) = (words[1], words[2])
        let numbers = words.dropFirst(3).compactMap { UInt64($0) }
        guard numbers.count == words.count - 3 else { return "'\(order)' has something else than numbers at its end" }
        switch (verb, numbers.count) {
        case ("delay", 1), ("delay", 2):
            guard numbers.allSatisfy({ $0 <= Self.millisecondsMax }) else {
                return "a delay is at most \(Self.millisecondsMax) ms"
            }
            return self.apply(from: from, to: to) {
                $0.delayMilliseconds = numbers[0]
                $0.jitterMilliseconds = numbers.count > 1 ? numbers[1] : 0
            }
        case ("bandwidth", 1): return self.apply(from: from, to: to) { $0.bytesPerSecond = numbers[0] }
        case ("loss", 1):
            guard numbers[0] <= 10_000 else { return "a chance in 10,000 is at most 10000" }
            return self.apply(from: from, to: to) { $0.lossPermyriad = numbers[0] }
        case ("cut", 0): return self.apply(from: from, to: to) { $0.isCut = true }
        case ("heal", 0): return self.apply(from: from, to: to) { $0 = LineFaults() }
        case ("reset", 0):
            for line in self.matching(from: from, to: to) { line.reset() }
            return self.matching(from: from, to: to).isEmpty ? "nothing links \(from) and \(to)" : nil
        default: return "'\(order)' is no order; see tarn help fault-proxy"
        }
    }

    private func apply(from: String, to: String, _ change: (inout LineFaults) -> Void) -> String? {
        let lines = self.matching(from: from, to: to)
        for line in lines { line.update(change) }
        return lines.isEmpty ? "nothing links \(from) and \(to)" : nil
    }

    private func matching(from: String, to: String) -> [FaultLine] {
        self.lines.filter { direction, _ in
            (from == "*" || direction.from == from) && (to == "*" || direction.to == to)
        }.map(\.value)
    }
}
