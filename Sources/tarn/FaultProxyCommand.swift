internal import ArgumentParser
internal import TarnFaultProxy
internal import TarnNode

/// `tarn fault-proxy`: a bad network between nodes, for tests, benchmarks and drills.
struct FaultProxyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fault-proxy",
        abstract: "Stand between nodes and delay, slow down, cut or end their connections.",
        discussion: """
            Each --link listens where FROM is to reach TO and passes connections on to where TO listens: put the \
            listening address as the peer address of TO into FROM's node.yaml. Prints a line 'listening FROM:TO HOST:PORT' for \
            each link, then 'ready'. Takes orders from standard input, one a line, and answers each with 'ok' or 'error: …'; \
            ends when standard input does.

              delay FROM TO MILLISECONDS [JITTER]   everything arrives later
              bandwidth FROM TO BYTES_PER_SECOND    0 is without limit
              loss FROM TO PER_10000                the chance that data ends its connection instead of arriving
              cut FROM TO                           nothing arrives until healed, in this direction
              isolate PLACE                         nothing arrives from it or at it
              reset FROM TO                         connections end now
              heal [FROM TO]                        nothing is wrong any more

            A direction counts for all connections between the two places, whoever made them. '*' is every place.
            """,
        shouldDisplay: false
    )

    @Option(
        name: .customLong("link"),
        help: ArgumentHelp("A link, by the names of its ends.", valueName: "FROM:TO=LISTEN_HOST:PORT,TARGET_HOST:PORT")
    )
    var links: [String]

    private struct Link {
        let from: String
        let to: String
        let listen: HostPort
        let target: HostPort

        init(_ text: String) throws {
            let halves = text.split(separator: "=", maxSplits: 1).map(String.init)
            let ends = halves.first?.split(separator: ":").map(String.init) ?? []
            let addresses = halves.count == 2 ? halves[1].split(separator: ",").map { HostPort(String($0)) } : []
            guard ends.count == 2, addresses.count == 2, let listen = addresses[0], let target = addresses[1] else {
                throw ValidationError("'\(text)' is not FROM:TO=LISTEN_HOST:PORT,TARGET_HOST:PORT")
            }
            self.from = ends[0]
            self.to = ends[1]
            self.listen = listen
            self.target = target
        }
    }

    func run() async throws {
        let links = try self.links.map { try Link($0) }
        let board = FaultBoard(pairs: links.map { ($0.from, $0.to) })
        var proxies: [FaultProxy] = []
        for link in links {
            let proxy = try await FaultProxy.start(
                board: board,
                from: link.from,
                to: link.to,
                host: link.listen.host,
                port: link.listen.port,
                target: (link.target.host, link.target.port)
            )
            proxies.append(proxy)
            try Console.line("listening \(link.from):\(link.to) \(link.listen.host):\(proxy.port)")
        }
        try Console.line("ready")
        // Waiting here holds up a thread of the pool, on which nothing else runs in this process.
        while let order = readLine() {
            if order.isEmpty { continue }
            try Console.line(board.obey(order).map { "error: \($0)" } ?? "ok")
        }
        for proxy in proxies { try await proxy.stop() }
    }
}
