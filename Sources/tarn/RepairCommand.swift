internal import ArgumentParser
internal import TarnClient
internal import TarnCore

/// `tarn repair`: has a node compare its state with another datacentre's and repair its own.
struct RepairCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repair",
        abstract: "Compare one datacentre's state with another's, and repair it when it is not what its log says.",
        discussion: """
            The two trees are compared by their hashes: when they are equal in one round trip, otherwise in a few, whatever \
            their size. A node that was repaired starts anew by itself. The exit code is 1 when the other datacentre is \
            the one to repair.
            """
    )

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard self.options.dc != nil || self.options.node != nil else {
            throw ValidationError("say which datacentre is to be compared and repaired: --dc NAME")
        }
    }

    func run() async throws {
        try await ClientSession.run(self.options) { session in
            let result = try await session.client.repair()
            if session.isJSON {
                try Console.line(result.json)
            } else {
                try Console.write(Self.text(result))
            }
            if result["finding"]?.string == "other_diverges" { throw ExitCode(ClientError.Code.failed.rawValue) }
        }
    }

    private static func text(_ result: JSONValue) -> String {
        let other = result["other"]?.string ?? "?"
        let cost =
            "op \(result["op"]?.display ?? "?"), \(result["round_trips"]?.display ?? "?") round trips, "
            + HumanText.bytes(result["bytes"]?.unsigned ?? 0)
        let count = result["differences"]?.unsigned ?? 0
        var out: String
        switch result["finding"]?.string {
        case "equal": return "equal to \(other): \(cost)\n"
        case "repaired": out = "repaired from \(other): \(count) differences at \(cost); the node starts anew\n"
        default: out = "\(other) has another state than the log, repair it: \(count) differences at \(cost)\n"
        }
        for path in result["paths"]?.items ?? [] { out += "  \(TextTable.printable(path.string ?? ""))\n" }
        return out
    }
}
