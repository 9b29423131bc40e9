internal import TarnClient
internal import TarnCore

/// Progress of work that a node does, on a terminal only.
struct UpkeepProgress: Sendable {
    private let line: ProgressLine
    private let isTerminal: Bool

    /// Runs `body` with a progress line that is gone when it ends.
    static func show(_ verb: String, _ body: (UpkeepProgress) async throws -> Void) async throws {
        let progress = UpkeepProgress(
            line: ProgressLine(verb) { Console.errorText($0) },
            isTerminal: Console.isErrorTerminal
        )
        defer { progress.finish() }
        try await body(progress)
    }

    /// Shows bytes done and in all.
    @Sendable
    func note(_ done: UInt64, _ total: UInt64) {
        guard self.isTerminal, total > 0 else { return }
        var transfer = TransferProgress()
        transfer.bytesDone = done
        transfer.bytesCount = total
        self.line.show(transfer)
    }

    func finish() { self.line.finish() }

    /// A node's answer with the datacentre's name.
    static func json(_ document: JSONValue, datacenter: String?) -> String {
        guard case .object(var members) = document else { return document.json }
        members["dc"] = datacenter.map { .string($0) } ?? .null
        return JSONValue.object(members).json
    }
}
