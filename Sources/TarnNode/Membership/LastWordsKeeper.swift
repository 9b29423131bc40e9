internal import TarnConsensus

/// Writes down what the others say they hold, whenever it changed. On an executor of its own, because it waits for the
/// disk.
actor LastWordsKeeper {
    private let executor = QueueExecutor(label: "tarn.lastwords")
    private let file: LastWords
    private var known: [Heads.Head] = []

    nonisolated var unownedExecutor: UnownedSerialExecutor { self.executor.asUnownedSerialExecutor() }

    init(file: LastWords) {
        self.file = file
    }

    func keep(_ heads: [Heads.Head]) throws {
        guard heads.map(\.op) != self.known.map(\.op) || heads.map(\.commit) != self.known.map(\.commit) else { return }
        self.known = heads
        let words = heads.map {
            LossStatement.LastWord(
                datacenter: $0.datacenter,
                op: $0.op,
                commit: $0.commit,
                heardAtMicroseconds: $0.clockMicroseconds
            )
        }
        try self.file.write(words)
    }
}
