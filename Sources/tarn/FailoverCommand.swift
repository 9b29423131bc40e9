internal import ArgumentParser
internal import TarnClient
internal import TarnCore

/// `tarn failover`: another primary, without asking the present one.
struct FailoverCommand: AsyncParsableCommand {
    /// Of one request.
    private static let deadlineMilliseconds = 5_000
    /// How often it is asked who leads, and the pause in between: no node tells when that changes.
    private static let attemptsMax = 60
    private static let pauseMilliseconds = 100

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
                _ = try await Self.ask(.post, "/v1/failover", session)
            }
        }
        try await ClientSession.run(self.options) { session in
            for _ in 0..<Self.attemptsMax {
                let present = try await Self.primary(session).primary
                if present != old {
                    if session.isJSON { return try Console.line(JSONValue.object(["primary": .string(present)]).json) }
                    return try Console.line("\(present) leads; 'tarn orphans list' says what is left")
                }
                try await Task.sleep(for: .milliseconds(Self.pauseMilliseconds))
            }
            throw ClientError(.failed, "\(old) still leads; ask 'tarn status'")
        }
    }

    private static func primary(_ session: ClientSession) async throws -> (names: [String], primary: String) {
        let value = try await Self.ask(.get, "/v1/status", session)
        guard let primary = value["primary"]?.string else { throw ClientError(.failed, "nobody says who leads") }
        return ((value["datacenters"]?.items ?? []).compactMap { $0["dc"]?.string }, primary)
    }

    private static func ask(
        _ method: TransportRequest.Method,
        _ target: String,
        _ session: ClientSession
    ) async throws -> JSONValue {
        var request = TransportRequest(method, target, deadlineMilliseconds: self.deadlineMilliseconds)
        request.mustSeeLastWrite = false
        return try TarnHTTPClient.parse(try await session.client.read(request).body, of: target)
    }
}
