internal import ArgumentParser
internal import TarnClient
internal import TarnCore

/// `tarn scrub --now`: reads and proves everything that is stored, and heals it.
struct ScrubCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scrub",
        abstract: "Read and prove everything that is stored, past every cache, and heal what is damaged.",
        discussion: """
            Nodes do this all the time, slowly: everything once in 14 days (node.yaml, upkeep). --now does it at once, on all \
            datacentres or on the one named by --dc. What is damaged is named with its paths and refilled from another \
            datacentre. The exit code is 1 when something stays damaged.
            """
    )

    @OptionGroup var options: GlobalOptions

    @Flag(help: "Do it now and wait for the result.")
    var now = false

    func validate() throws {
        guard self.now else { throw ValidationError("say 'tarn scrub --now'; by themselves nodes scrub all the time") }
    }

    func run() async throws {
        let configuration = try ClientSession.configuration(self.options)
        var isSound = true
        let names = self.options.dc.map { [$0] } ?? configuration.nodes.map { $0.datacenter?.name }
        for name in names {
            do {
                isSound = try await self.scrub(configuration, name) && isSound
            } catch let error as ClientError where names.count > 1 {
                Console.error("tarn: \(name ?? "the node"): \(error.message)")
                isSound = false
            }
        }
        if !isSound { throw ExitCode(ClientError.Code.failed.rawValue) }
    }

    private func scrub(_ configuration: ClientConfiguration, _ name: String?) async throws -> Bool {
        var isSound = false
        try await UpkeepProgress.show("scrubbing\(name.map { " \($0)," } ?? "")") { progress in
            try await ClientSession.run(self.options, configuration, datacenter: name) { session in
                let result = try await RemoteUpkeep(client: session.client).scrub(progress: progress.note)
                progress.finish()
                isSound = result["sound"]?.boolean == true
                if self.options.json { return try Console.line(UpkeepProgress.json(result, datacenter: name)) }
                let damaged = result["damaged"]?.items ?? []
                let bytes = HumanText.bytes(result["bytes"]?.unsigned ?? 0)
                let state = isSound ? "sound" : "NOT SOUND, \(HumanText.plural(damaged.count, "record")) damaged"
                try Console.line("\(name.map { "\($0): " } ?? "")\(state): \(bytes) read and proved")
                for note in result["healed"]?.items ?? [] { try Console.line("  healed: \(Self.text(note))") }
                for note in damaged { try Console.line("  damaged: \(Self.text(note))") }
            }
        }
        return isSound
    }

    private static func text(_ note: JSONValue) -> String {
        let paths = (note["paths"]?.items ?? []).compactMap(\.string)
        let needed = paths.isEmpty ? "" : ", needed by \(paths.joined(separator: ", "))"
        return TextTable.printable("\(note["name"]?.string ?? "?"): \(note["reason"]?.string ?? "?")\(needed)")
    }
}
