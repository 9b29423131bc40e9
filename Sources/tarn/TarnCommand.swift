internal import ArgumentParser
internal import Glibc
internal import TarnClient
internal import TarnNode
internal import TarnStorage

/// The command line: one subcommand a file.
@main
struct TarnCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tarn",
        abstract: "Mirrors a lakehouse workspace between three datacentres, and proves it.",
        discussion: """
            Client commands find the cluster by --config DIR/client.yaml or TARN_CONFIG, or by --node URL --token T. Paths are \
            absolute: /workspace/…, /tables/…, /volumes/…, /meta/….

            Exit codes: 0 done, 1 failed, 2 wrong usage, 3 the cluster says no (conflict, not found), 4 outcome unknown.
            """,
        version: Version.text,
        groupedSubcommands: [
            CommandGroup(
                name: "Cluster:",
                subcommands: [
                    ClusterCommand.self, NodeCommand.self, StatusCommand.self, DoctorCommand.self,
                    SwitchoverCommand.self, FailoverCommand.self, ReplaceDatacenterCommand.self, RecoverCommand.self,
                    OrphansCommand.self, DrillCommand.self,
                ]
            ),
            CommandGroup(
                name: "Files:",
                subcommands: [
                    ListCommand.self, GetCommand.self, CatCommand.self, PutCommand.self, RemoveCommand.self,
                    MakeDirectoryCommand.self, MoveCommand.self, CopyCommand.self,
                ]
            ),
            CommandGroup(name: "Folders:", subcommands: [ImportCommand.self, ExportCommand.self]),
            CommandGroup(
                name: "History and proof:",
                subcommands: [
                    LogCommand.self, DiffCommand.self, WatchCommand.self, ProveCommand.self, ReceiptCommand.self,
                    VerifyCommand.self,
                ]
            ),
            CommandGroup(
                name: "Upkeep:",
                subcommands: [
                    GarbageCommand.self, ScrubCommand.self, RepairCommand.self, BackupCommand.self, RestoreCommand.self,
                ]
            ),
            CommandGroup(
                name: "Catalog and access:",
                subcommands: [CatalogCommand.self, TokenCommand.self, AuditCommand.self]
            ),
            CommandGroup(name: "Protocol:", subcommands: [SimCommand.self, FaultProxyCommand.self]),
        ]
    )

    /// Ends with the exit codes that every command shares, where the argument parser's own would be others.
    static func main() async {
        Console.occupyClosedStreams()
        ProcessAllocator.bound()
        // A closed pipe or connection is an error of the call that wrote to it, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try self.parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            Glibc.exit(self.report(error))
        }
    }

    /// Says on standard error what went wrong, and returns the exit code.
    private static func report(_ error: any Error) -> Int32 {
        switch error {
        case let error as ClientError:
            Console.error("tarn: \(error.message)")
            return error.exitCode
        case let error as SystemError:
            Console.error("tarn: \(error)")
            return ClientError.Code.failed.rawValue
        case is Console.Closed:
            // What a shell reports of a program that a closed pipe ended.
            return 128 + SIGPIPE
        default: break
        }
        let code = self.exitCode(for: error)
        let message = self.fullMessage(for: error)
        if code == .success {
            try? Console.line(message)
        } else if !message.isEmpty {
            Console.error(message)
        }
        return code == .validationFailure ? ClientError.Code.usage.rawValue : code.rawValue
    }
}
