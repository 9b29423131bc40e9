internal import ArgumentParser
internal import Foundation
internal import Logging
internal import TarnBackup
internal import TarnBlobStore
internal import TarnClient
internal import TarnCore
internal import TarnNode

/// `tarn restore`: a new cluster from a backup.
struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Make a new cluster from a backup, with its history, as of now or of any kept op.",
        discussion: """
            DIR must be empty. The cluster has new members, keys and certificates and a new admin token, and the same paths, \
            contents, ops, times and roots as the old one; tokens that the old one issued go on working. Give --genesis (any \
            node's genesis.bin of the old cluster) wherever it is at hand: without it, the backup itself says whose it is. Who joined \
            the old cluster later must have been let in by signatures of those before; --membership is for where these are gone. \
            Files whose contents the backup lacks are named, everything else is restored, and the exit code is 1.
            """
    )

    @Argument(help: "The folder to make the cluster's folders in.")
    var directory: String?

    @Option(help: ArgumentHelp("Where backups lie: file://FOLDER or s3://BUCKET/PREFIX.", valueName: "url"))
    var from: String

    @Option(
        name: .customLong("dc"),
        help: ArgumentHelp(
            "A datacentre of the new cluster, as for 'tarn cluster init'.",
            valueName: DatacenterArgument.form
        )
    )
    var datacenters: [String] = []

    @Option(help: ArgumentHelp("An op, a root or a time; the newest op when absent.", valueName: "op|root|time"))
    var at: String?

    @Option(help: ArgumentHelp("The old cluster's genesis, which the backup must be of.", valueName: "genesis.bin"))
    var genesis: String?

    @Option(
        help: ArgumentHelp(
            "What 'tarn cluster members --save' wrote of the old cluster, where the backup does not prove its members.",
            valueName: "file"
        )
    )
    var membership: String?

    @Option(help: ArgumentHelp("The key of 64 hex digits that the old nodes encrypted with.", valueName: "file"))
    var encryptionKeyFile: String?

    @Option(help: ArgumentHelp("The old cluster's keys/secrets.key, for values of secrets.", valueName: "file"))
    var secretsKeyFile: String?

    @Flag(help: "List the backups and make nothing.")
    var list = false

    @Flag(help: "With --list: answer in JSON.")
    var json = false

    func validate() throws {
        if self.json, !self.list { throw ValidationError("--json belongs to --list") }
        if self.list { return }
        guard self.directory != nil, self.datacenters.count == 1 || self.datacenters.count == 3 else {
            throw ValidationError("say DIR and one or three --dc \(DatacenterArgument.form), or --list")
        }
    }

    func run() async throws {
        let logger = Logger(label: "tarn") { _ in SwiftLogNoOpLogHandler() }
        try await BackupPlace.open(self.from) { store in
            if self.list { return try await self.showList(RestoreRun(store: store, logger: logger)) }
            let wish = try self.wish()
            try await UpkeepProgress.show("fetching") { progress in
                let run = RestoreRun(store: store, logger: logger, progress: progress.note)
                let summary = try await run.run(wish, now: WallClock.microseconds())
                progress.finish()
                let source =
                    "\(summary.backup.cluster), backed up at \(summary.backup.time) from \(summary.backup.datacenter)"
                try Console.line("cluster \(summary.layout.clusterName), restored from \(source)")
                try Console.line("op \(summary.op), root \(summary.root.hex)")
                for file in summary.layout.nodeConfigurations { try Console.line("  tarn node --config \(file)") }
                try Console.line("  export TARN_CONFIG=\(summary.layout.clientConfiguration)")
                try summary.problems.report()
            }
        }
    }

    private func showList(_ run: RestoreRun) async throws {
        let backups = try await run.backups()
        if self.json {
            let rows = backups.map { backup -> JSONValue in
                [
                    "op": .integer(backup.op.number), "root": .string(backup.root.hex),
                    "time": .string("\(backup.time)"), "dc": .string(backup.datacenter.name),
                    "segments": .integer(UInt64(backup.segments.count)), "bytes": .integer(backup.bytesCount),
                ]
            }
            return try Console.line(JSONValue.object(["backups": .array(rows)]).json)
        }
        var table = TextTable([
            ("op", .right), ("root", .left), ("time", .left), ("from", .left), ("segments", .right), ("size", .right),
        ])
        for backup in backups {
            table.append([
                "\(backup.op)", HumanText.digest(backup.root.hex), "\(backup.time)", "\(backup.datacenter)",
                "\(backup.segments.count)", HumanText.bytes(backup.bytesCount),
            ])
        }
        try Console.write(table.text)
    }

    private func wish() throws -> RestoreRun.Wish {
        do {
            var wish = RestoreRun.Wish(
                directory: self.directory ?? "",
                datacenters: try self.datacenters.map { try ClusterLayout.Datacenter(argument: $0) }
            )
            wish.moment = try self.moment()
            wish.expected = try self.genesis.map { try Genesis(decoding: Array(try Self.file($0))) }
            wish.membership = try self.membership.map { try Membership(decoding: Array(try Self.file($0))) }
            wish.storageKey = try self.encryptionKeyFile.map {
                try StorageKey(hex: String(decoding: try Self.file($0), as: UTF8.self))
            }
            wish.secretsKey = try self.secretsKeyFile.map { String(decoding: try Self.file($0), as: UTF8.self) }
            return wish
        } catch let error as ConfigurationError {
            throw ValidationError(error.message)
        } catch let error as CoreError {
            throw ValidationError(error.message)
        }
    }

    private func moment() throws -> RestoreMoment {
        guard let at else { return .newest }
        switch SnapshotSelector(at) {
        case .op(let op): return .op(op)
        case .root(let root): return .root(root)
        case .time(let time): return .time(time)
        case nil: throw ValidationError("--at is '\(at)'; an op, a root of 64 hex digits or a time is expected")
        }
    }

    private static func file(_ path: String) throws -> Data {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ClientError(.usage, "cannot read \(path)")
        }
        return data
    }
}
