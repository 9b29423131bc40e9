internal import TarnDrill
internal import UnixSignals

/// SIGINT and SIGTERM, which heal what a drill broke before anything ends.
enum DrillInterrupt {
    /// Runs `body` with a flag that these signals raise. They end nothing by themselves any more, so `body` has to
    /// return soon after the flag is raised.
    static func trapped<Value>(_ body: (AbortFlag) async throws -> Value) async throws -> Value {
        let abort = AbortFlag()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                let signals = await UnixSignalsSequence(trapping: [.sigint, .sigterm])
                for await _ in signals {
                    abort.raise("interrupted")
                    Console.error("interrupted: ending, once what was broken is healed")
                }
            }
            defer { group.cancelAll() }
            return try await body(abort)
        }
    }
}
