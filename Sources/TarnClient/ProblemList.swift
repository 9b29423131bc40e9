internal import TarnCore

/// What a transfer left out, by name and reason. Bounded: past a thousand, problems are counted only.
package struct ProblemList: Sendable {
    package struct Problem: Hashable, Sendable {
        package let path: String
        package let reason: String
    }

    package private(set) var problems: [Problem] = []
    package private(set) var count = 0

    package init() {}

    package var isEmpty: Bool { self.count == 0 }

    package mutating func append(_ path: String, _ reason: String) {
        self.count += 1
        if self.problems.count < Limits.importProblemsMax {
            self.problems.append(Problem(path: path, reason: reason))
        }
    }

    package mutating func append(_ other: ProblemList) {
        self.count += other.count
        self.problems.append(contentsOf: other.problems.prefix(Limits.importProblemsMax - self.problems.count))
    }
}
