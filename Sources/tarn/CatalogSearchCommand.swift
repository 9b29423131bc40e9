internal import ArgumentParser
internal import TarnClient
internal import TarnCore

/// `tarn catalog search`: files that hold words.
struct CatalogSearchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search",
        abstract: "Find notebooks and files that hold words."
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The words.")
    var words: [String]

    @Option(name: .shortAndLong, help: "Show at most so many.")
    var limit = 50

    func validate() throws {
        guard (1...1_000).contains(self.limit) else {
            throw ValidationError("--limit \(self.limit) is not between 1 and 1000")
        }
    }

    func run() async throws {
        try await ClientSession.run(self.options) { session in
            let answer = try await session.client.get(
                "/v1/catalog/search",
                query: [("q", self.words.joined(separator: " ")), ("limit", String(self.limit))]
            )
            if session.isJSON { return try Console.write(bytes: answer.body + [0x0a]) }
            let result = try TarnHTTPClient.parse(answer.body, of: "/v1/catalog/search")
            for hit in result["hits"]?.items ?? [] {
                try Console.line(TextTable.printable(hit["path"]?.string ?? ""))
                if let snippet = hit["snippet"]?.string {
                    let words = snippet.split(whereSeparator: \.isWhitespace).joined(separator: " ")
                    try Console.line("    \(TextTable.printable(words))")
                }
            }
            let indexed = result["through_op"]?.unsigned
            if let op = result["op"]?.unsigned, indexed.map({ $0 < op }) ?? true {
                let reach = indexed.map { "op \($0)" } ?? "no op yet"
                Console.error("tarn: the search index is at \(reach), behind op \(op); what is newer may be missing")
            }
        }
    }
}
