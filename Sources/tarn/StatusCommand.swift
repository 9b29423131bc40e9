internal import ArgumentParser
internal import TarnClient
internal import TarnCore

/// `tarn status`: the cluster as one node sees it.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show the datacentres, what they hold, and how far they are apart."
    )

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        try await ClientSession.run(self.options) { session in
            let answer = try await session.client.status()
            if session.isJSON { return try Console.write(bytes: answer.body + [0x0a]) }
            try Console.write(Self.text(try TarnHTTPClient.parse(answer.body, of: "/v1/status")))
        }
    }

    private static func text(_ status: JSONValue) -> String {
        let rows = status["datacenters"]?.items ?? []
        var out = "cluster \(status["cluster"]?.string ?? "?"), "
        out += status["primary"]?.string.map { "led by \($0)\n" } ?? "without a primary: nothing can be written\n"
        var table = TextTable([
            ("DC", .left), ("ROLE", .left), ("VIEW", .right), ("OP", .right), ("COMMIT", .right), ("WHOLE", .right),
            ("ROOT", .left), ("LAG", .right), ("MISSING", .right), ("RTT", .right), ("RTO", .right), ("RPO", .right),
            ("STATE", .left),
        ])
        for row in rows {
            let isReachable = row["reachable"]?.boolean ?? false
            table.append([
                row["dc"]?.string ?? "", row["role"]?.string ?? "", row["view"]?.display ?? "",
                row["op"]?.display ?? "", row["commit"]?.display ?? "", row["prefix_complete"]?.display ?? "",
                HumanText.digest(row["root"]?.string ?? ""), row["lag_ops"]?.display ?? "",
                row["missing_bytes"]?.unsigned.map(HumanText.bytes) ?? "",
                row["rtt_ms"]?.double.map { "\(HumanText.seconds($0 / 1_000))" } ?? "",
                row["predicted_rto_ms"]?.double.map { HumanText.seconds($0 / 1_000) } ?? "never",
                row["predicted_rpo_ops"]?.unsigned.map { "\($0) ops" } ?? "",
                row["trouble"]?.string ?? (isReachable ? "ok" : "not reachable"),
            ])
        }
        out += table.text
        out += "RTO, RPO: how long nothing could be written if that datacentre were lost now, and what would be lost.\n"
        if status["mirrored"]?.boolean == false {
            out += "Nothing is mirrored: this cluster has one datacentre. Its loss loses the data.\n"
        }
        return out
    }
}
