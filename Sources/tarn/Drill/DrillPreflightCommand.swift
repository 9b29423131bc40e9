internal import ArgumentParser
internal import TarnClient
internal import TarnCore
internal import TarnDrill

/// `tarn drill preflight`: may something be broken now?
struct DrillPreflightCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preflight",
        abstract: "Say whether the cluster is ready for a drill, and every reason; exit code 1 when it is not."
    )

    @OptionGroup var options: GlobalOptions

    @Option(help: ArgumentHelp("The hook script; that of client.yaml when absent.", valueName: "file"))
    var hook: String?

    @Argument(help: "The scenario: then the hook script is looked at, too.")
    var scenario: String?

    func run() async throws {
        let scenario = try self.scenario.map { try DrillSession.scenario($0) }
        try await DrillSession.run(self.options) { session in
            let hook = try session.hook(self.hook, drillID: "preflight")
            let check = PreflightCheck(cluster: session.cluster, folder: session.folder, hook: hook)
            let preflight = Preflight(await check.evidence(), scenario: scenario)
            if session.isJSON {
                let document: JSONValue = [
                    "ready": .boolean(preflight.isReady), "checks": .array(preflight.findings.map(\.json)),
                ]
                try Console.line(document.json)
            } else {
                var table = TextTable([("", .left), ("CHECK", .left), ("FOUND", .left)])
                for finding in preflight.findings {
                    table.append([finding.isReady ? "ok" : "NO", finding.check, finding.detail])
                }
                try Console.write(table.text + (preflight.isReady ? "ready\n" : "not ready\n"))
            }
            if !preflight.isReady { throw ExitCode.failure }
        }
    }
}
