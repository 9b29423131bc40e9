internal import Synchronization
internal import TarnCore

/// What happened in a drill, and when, as it goes on.
final class DrillTrace: Sendable {
    /// One step that was taken.
    struct Step: Hashable, Sendable {
        let text: String
        let startedAt: UInt64
        let endedAt: UInt64
    }

    struct State {
        var steps: [Step] = []
        /// When the recovery is measured from.
        var injectedAt: UInt64?
        /// When the last of the faults that it is measured from was in place.
        var injectedThrough: UInt64?
        /// When the first fault was begun to be healed, after the measured one.
        var healedAt: UInt64?
        var moments: [Waterfall.Name: UInt64] = [:]
        var isHealed = false
        var notes: [String] = []
        var lossStatement: JSONValue?
    }

    private let state = Mutex(State())

    var value: State { self.state.withLock { $0 } }

    func update(_ change: (inout State) -> Void) { self.state.withLock { change(&$0) } }

    /// Notes the first moment at which `name` was reached.
    func reach(_ name: Waterfall.Name, at time: UInt64) {
        self.state.withLock { state in
            if state.moments[name] == nil { state.moments[name] = time }
        }
    }
}
