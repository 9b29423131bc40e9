internal import ArgumentParser
internal import Logging
internal import TarnClient
internal import TarnCore
internal import TarnNode

/// `tarn recover`: on with one datacentre when the two others are lost for good.
struct RecoverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recover",
        abstract: "Go on with one datacentre after the two others, or a part of its log, were lost for good.",
        discussion: """
            Run it on the machine of the datacentre that is left, with its node stopped: when the two others are lost for good, or when a \
            cluster of one cannot start because entries of its log are lost. Without --accept-loss it says what is lost and \
            changes nothing. With it, that statement is written beside the data, and the log goes on in a new lineage as a cluster of \
            one; 'tarn cluster grow' makes it three again. The lost ones are refused for good, and come back only under new names.
            """
    )

    @Option(name: .customLong("config"), help: "The configuration of the node that is left, node.yaml.")
    var file: String

    @Flag(help: "Begin a new lineage: say so, since the old one ends.")
    var newLineage = false

    @Flag(help: "Accept what the statement says, and do it.")
    var acceptLoss = false

    @Flag(help: "Print the statement as JSON.")
    var json = false

    func run() async throws {
        guard self.newLineage else {
            throw ClientError(.usage, "a recovery begins a new lineage of the log; --new-lineage says that you know")
        }
        let statement: LossStatement
        do {
            let recovery = LineageRecovery(
                configuration: try NodeConfiguration(path: self.file),
                logger: Logger(label: "tarn") { _ in SwiftLogNoOpLogHandler() }
            )
            statement = try await recovery.run(isAccepted: self.acceptLoss)
        } catch let error as ConfigurationError {
            throw ClientError(.usage, error.message)
        } catch let error as NodeError {
            throw ClientError(error.code == .conflict ? .rejected : .failed, error.message)
        }
        if self.json { return try Console.write(bytes: statement.json().bytes + [0x0a]) }
        for line in Self.text(of: statement) { try Console.line(line) }
        guard self.acceptLoss else { return try Console.line("nothing was changed; --accept-loss does it") }
        try Console.line("lineage \(statement.lineage) begins after op \(statement.kept); start the node")
    }

    private static func text(of statement: LossStatement) -> [String] {
        var lines = [
            "\(statement.datacenter) keeps everything up to op \(statement.kept), root \(statement.keptRoot.hex)",
            "known to be committed: op \(statement.commit); receipts of later ops than \(statement.kept) are void",
        ]
        for word in statement.lastWords {
            let time = Timestamp(microseconds: word.heardAtMicroseconds)
            lines.append("\(word.datacenter) last said, at \(time): op \(word.op), committed \(word.commit)")
        }
        lines.append(
            statement.unseenCount == 0
                ? "no op is known that is not here; what the others ordered after their last word is not known to anybody"
                : "\(statement.unseenCount) ops are known to have been ordered and are lost, with paths that nobody here knows"
        )
        lines.append(
            "\(statement.droppedCount) change sets are here and are dropped: their contents, or ops before them, are missing"
        )
        lines += statement.dropped.flatMap { Self.text(of: $0) }
        lines.append("\(statement.incompleteCount) committed change sets stay with contents that are lost")
        lines += statement.incomplete.flatMap { Self.text(of: $0) }
        return lines
    }

    private static func text(of item: LossStatement.Item) -> [String] {
        let author = TextTable.printable(item.author)
        return ["  op \(item.op) by \(author), request \(item.request), \(item.missingBlobs.count) blobs missing"]
            + item.paths.map { "    \(TextTable.printable($0.string))" }
            + (item.pathsCount > item.paths.count ? ["    and \(item.pathsCount - item.paths.count) paths more"] : [])
    }
}
