internal import ArgumentParser
internal import TarnClient
internal import TarnCore

/// `tarn switchover`: another primary, without losing a write.
struct SwitchoverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "switchover",
        abstract: "Have another datacentre lead, once everything is committed there.",
        discussion: """
            The present primary stops taking writes, waits until the other one holds everything, and hands over: less \
            than a second, and no write is lost. Clients go on by themselves. There is no failback by itself.
            """
    )

    @OptionGroup var options: GlobalOptions

    @Option(help: "The datacentre that is to lead: the first, the second, or after 'cluster elect-observer' the third.")
    var to: String

    func run() async throws {
        try await ClientSession.run(self.options) { session in
            let target = "/v1/switchover/\(PercentEncoding.component(self.to))"
            var request = TransportRequest(
                .post,
                target,
                deadlineMilliseconds: Limits.clientDeadlineMilliseconds
            )
            request.mustSeeLastWrite = false
            let answer = try await session.client.read(request)
            if session.isJSON { return try Console.write(bytes: answer.body + [0x0a]) }
            let value = try TarnHTTPClient.parse(answer.body, of: target)
            let view = value["view"]?.display ?? "?"
            try Console.write("\(value["primary"]?.string ?? self.to) leads, view \(view)\n")
        }
    }
}
