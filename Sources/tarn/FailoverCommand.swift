internal import ArgumentParser
internal import TarnClient
internal import TarnCore

/// `tarn failover`: another primary, without asking the present one.
struct FailoverCommand: AsyncParsableCommand {
    private static let deadlineMilliseconds = 5_000
    private static let attemptsMax = 60

    static let configuration = CommandConfiguration(
        commandName: "failover",
        abstract: "Have the others leave a primary that is sick but not silent.",
        discussion: """
            Where 'tarn switchover' cannot come to an end. Nothing that was acknowledged is lost; what the old primary had ordered and \
            nobody committed becomes orphans, which 'tarn orphans' lists and replays. Two datacentres beside the primary must be up.
            """
    )

    @OptionGroup var options: GlobalOptions

    @Flag(help: "Accept that change sets whose outcome nobody knows yet become orphans.")
    var acceptOrphans = false

    func run() async throws {
        guard self.acceptOrphans else {
            throw ClientError(
                .usage,
                "change sets that are under way may become orphans; 'tarn switchover' avoids that, --accept-orphans says that you know"
            )
        }
        var (names, old): ([String], String) = ([], "")
        try await ClientSession.run(self.options) { session in
            (names, old) = try await Self.primary(session)
        }
        let configuration = try ClientSession.configuration(self.options)
        for name in names where name != old {
            try await ClientSession.run(self.options, configuration, datacenter: name) { session in
                var request = TransportRequest(
                    .post,
                    "/v1/failover",
                    deadlineMilliseconds: Self.deadlineMilliseconds
                )
                request.mustSeeLastWrite = false
                _ = try await session.client.read(request)
            }
        }
        try await ClientSession.run(self.options) { session in
            for _ in 0..<Self.attemptsMax {
                let present = try await Self.primary(session).primary
                if present != old { return try Console.line("\(present) leads; 'tarn orphans list' says what is left") }
                try await Task.sleep(for: .milliseconds(100))
            }
            throw ClientError(.failed, "\(old) still leads; ask 'tarn status'")
        }
    }

    private static func primary(_ session: ClientSession) async throws -> (names: [String], primary: String) {
        var request = TransportRequest(.get, "/v1/status", deadlineMilliseconds: Self.deadlineMilliseconds)
        request.mustSeeLastWrite = false
        let value = try TarnHTTPClient.parse(try await session.client.read(request).body, of: request.target)
        guard let primary = value["primary"]?.string else { throw ClientError(.failed, "nobody says who leads") }
        return ((value["datacenters"]?.items ?? []).compactMap { $0["dc"]?.string }, primary)
    }
}
