internal import ArgumentParser
internal import TarnClient
internal import TarnCore

/// `tarn gc`: removes what the retention policy no longer keeps, or tells what would be removed.
struct GarbageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gc",
        abstract: "Remove what no kept state needs any more, and give its space back.",
        discussion: """
            tarn gc --dry-run       what each datacentre would remove; nothing is changed
            tarn gc run             let go what the retention policy no longer keeps, then collect on each datacentre
            tarn gc run --now       the same without graces: what nothing names goes at once
            tarn gc run --recompress    also encode again, into fewer bytes, what was stored since the last such run

            Kept are every state of the last 30 days, then the last one of each day of a year; /meta/policy/retention.json \
            says otherwise: {"every_op_days": 30, "daily_days": 365}. Nodes collect by themselves once a day.
            """
    )

    enum Action: String, ExpressibleByArgument, CaseIterable {
        case run
    }

    @OptionGroup var options: GlobalOptions

    @Argument(help: "'run' to collect.")
    var action: Action?

    @Flag(help: "Only tell what would be removed.")
    var dryRun = false

    @Flag(help: "Do not wait for graces, nor for staged blobs that nothing names.")
    var now = false

    @Flag(help: "Compact also what has nothing to remove but was never compacted: it is compressed harder then.")
    var recompress = false

    @Option(
        help: ArgumentHelp(
            "Give up staged blobs that nothing names after this time (a day; with --now a minute).",
            valueName: "seconds"
        )
    )
    var staged: UInt32?

    func validate() throws {
        guard (self.action == .run) != self.dryRun else {
            throw ValidationError("say either 'tarn gc --dry-run' or 'tarn gc run'")
        }
        guard !self.recompress || !self.dryRun else {
            throw ValidationError("what --recompress saves shows when it is done: say 'tarn gc run --recompress'")
        }
    }

    func run() async throws {
        let configuration = try ClientSession.configuration(self.options)
        var floorAt: Op?
        if !self.dryRun {
            try await ClientSession.run(self.options, configuration, datacenter: self.options.dc) { session in
                floorAt = try await RemoteUpkeep(client: session.client).raiseFloor()
            }
        }
        var failure: ClientError?
        let names = self.options.dc.map { [$0] } ?? configuration.nodes.map { $0.datacenter?.name }
        for name in names {
            do {
                try await self.collect(configuration, name, atLeast: floorAt)
            } catch let error as ClientError where names.count > 1 {
                Console.error("tarn: \(name ?? "the node"): \(error.message)")
                failure = error
            }
        }
        if let failure { throw ExitCode(failure.code.rawValue) }
    }

    private func collect(_ configuration: ClientConfiguration, _ name: String?, atLeast: Op?) async throws {
        try await UpkeepProgress.show("collecting\(name.map { " on \($0)," } ?? "")") { progress in
            try await ClientSession.run(self.options, configuration, datacenter: name) { session in
                let result = try await RemoteUpkeep(client: session.client).collect(
                    isDryRun: self.dryRun,
                    isImmediate: self.now,
                    stagedSeconds: self.staged,
                    recompresses: self.recompress,
                    atLeast: atLeast,
                    progress: progress.note
                )
                progress.finish()
                if self.options.json { return try Console.line(UpkeepProgress.json(result, datacenter: name)) }
                try Console.line("\(name.map { "\($0): " } ?? "")\(Self.text(result))")
                for skipped in result["skipped"]?.items ?? [] {
                    try Console.line("  left as it is: \(TextTable.printable(skipped.string ?? ""))")
                }
            }
        }
    }

    private static func text(_ result: JSONValue) -> String {
        func count(_ key: String) -> String { HumanText.count(result[key]?.unsigned ?? 0) }
        func bytes(_ key: String) -> String { HumanText.bytes(result[key]?.unsigned ?? 0) }
        var text = "\(count("live_blobs")) of \(count("blobs")) blobs are needed (states from op \(count("floor")) on, "
        text += "and \(count("kept_ops")) before); \(count("condemned_blobs")) are not, \(bytes("condemned_bytes")). "
        if result["dry_run"]?.boolean == true {
            text +=
                "Now, \(count("removable_blobs")) could be removed; compacting \(count("segments")) segments would give "
            text += "\(bytes("bytes_to_free")) back"
        } else {
            text += "Removed \(count("removed_blobs")); \(bytes("freed_bytes")) returned, "
            text += "\(bytes("copied_bytes")) copied"
            if let records = result["recompressed_records"]?.unsigned, records > 0 {
                text += ". Segments of \(bytes("bytes_before")) take \(bytes("bytes_after")) now; "
                text += "\(HumanText.count(records)) records in them were compressed harder"
            }
        }
        return text
    }
}
