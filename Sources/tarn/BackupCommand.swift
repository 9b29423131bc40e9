internal import ArgumentParser
internal import TarnBackup
internal import TarnClient
internal import TarnCore
internal import TarnNode

/// `tarn backup`: segments and a signed root, copied to a folder or a bucket.
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copy everything to a folder or an S3 bucket: segments that are not there yet, and a signed root.",
        discussion: """
            --to is file://FOLDER or s3://BUCKET/PREFIX. For S3, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and \
            AWS_ENDPOINT_URL are read from the environment. The node asked is that of --dc, or the observer's. Segments travel and \
            lie there as on the node's disk: encrypted when it encrypts. 'tarn restore' makes a new cluster from it. \
            When the node cannot read something that it needs, the exit code is 1: the backup is made without it, and no older \
            one is removed.
            """
    )

    @OptionGroup var options: GlobalOptions

    @Option(help: ArgumentHelp("Where backups lie.", valueName: "url"))
    var to: String

    @Option(help: "How many backups stay; older ones are removed. All stay when absent.")
    var keep: Int?

    func validate() throws {
        if let keep, keep < 1 { throw ValidationError("--keep is \(keep); 1 or more is expected") }
    }

    func run() async throws {
        let configuration = try ClientSession.configuration(self.options)
        let datacenter = self.options.dc ?? configuration.nodes.last?.datacenter?.name
        try await BackupPlace.open(self.to) { store in
            try await UpkeepProgress.show("backing up") { progress in
                try await ClientSession.run(self.options, configuration, datacenter: datacenter) { session in
                    let run = BackupRun(
                        source: BackupSource(client: session.client),
                        store: store,
                        progress: progress.note
                    )
                    let now = Timestamp(microseconds: WallClock.microseconds())
                    let summary = try await run.run(now: now, keep: self.keep)
                    progress.finish()
                    try self.report(summary, store)
                    if let trouble = summary.trouble {
                        throw ClientError(
                            .failed,
                            "\(summary.root.datacenter) is \(trouble); the backup is made, may lack that, and no older one "
                                + "was removed: back up another datacentre with --dc"
                        )
                    }
                }
            }
        }
    }

    private func report(_ summary: BackupRun.Summary, _ store: any ObjectStore) throws {
        let root = summary.root
        if self.options.json {
            return try Console.line(
                JSONValue.object([
                    "op": .number(String(root.op.number)), "root": .string(root.root.hex),
                    "dc": .string(root.datacenter.name), "segments": .number(String(root.segments.count)),
                    "bytes": .number(String(root.bytesCount)),
                    "copied_segments": .number(String(summary.copiedCount)),
                    "copied_bytes": .number(String(summary.copiedBytesCount)),
                    "removed_objects": .number(String(summary.removedCount)),
                ]).json
            )
        }
        let copied =
            "\(HumanText.plural(summary.copiedCount, "segment")) copied, \(HumanText.bytes(summary.copiedBytesCount))"
        let whole = "\(root.segments.count) in all, \(HumanText.bytes(root.bytesCount))"
        try Console.line(
            "\(store.description): op \(root.op), root \(HumanText.digest(root.root.hex)); \(copied); \(whole)"
        )
        if summary.removedCount > 0 {
            try Console.line("\(HumanText.plural(summary.removedCount, "object")) of older backups removed")
        }
    }
}
