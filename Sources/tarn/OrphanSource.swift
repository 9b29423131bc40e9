internal import TarnClient
internal import TarnCore

/// Orphans where they lie: at the datacentre that held them when its view ended.
enum OrphanSource {
    /// What the datacentres hold that were asked.
    struct Listing {
        var orphans: [(node: ClientConfiguration.Member, orphan: JSONValue)] = []
        /// Whether all of them answered: the one that does not may be the one that holds some.
        var isWhole = true
    }

    /// The orphans of all datacentres that answer, or of the one that the options name. Throws when none answers.
    static func all(_ options: GlobalOptions) async throws -> Listing {
        let configuration = try ClientSession.configuration(options)
        var out = Listing()
        var (answersCount, failure): (Int, ClientError?) = (0, nil)
        for node in try configuration.nodes(of: options.dc) {
            do {
                try await ClientSession.run(options, configuration, datacenter: node.datacenter?.name) { session in
                    let answer = try await session.client.read(Self.request("/v1/orphans"))
                    let value = try TarnHTTPClient.parse(answer.body, of: "/v1/orphans")
                    out.orphans += (value["orphans"]?.items ?? []).map { (node, $0) }
                }
                answersCount += 1
            } catch let error as ClientError {
                Console.error("tarn: \(self.name(of: node)) does not answer: \(error.message)")
                out.isWhole = false
                failure = error
            }
        }
        if answersCount == 0, let failure { throw failure }
        return out
    }

    /// What a node is called in a table.
    static func name(of node: ClientConfiguration.Member) -> String { node.datacenter?.name ?? node.url }

    /// The changes of the orphan that `hash`, or its beginning, names; and its full hash.
    static func changes(of hash: String, _ options: GlobalOptions) async throws -> (hash: String, changes: [Change]) {
        let found = try await self.all(options).orphans.filter {
            $0.orphan["hash"]?.string?.hasPrefix(hash) ?? false
        }
        guard let (node, orphan) = found.first, let full = orphan["hash"]?.string, !hash.isEmpty else {
            throw ClientError(.rejected, "no datacentre that answers has an orphan '\(hash)'")
        }
        guard found.allSatisfy({ $0.orphan["hash"]?.string == full }) else {
            throw ClientError(.usage, "'\(hash)' begins the names of \(found.count) orphans; give more of it")
        }
        let configuration = try ClientSession.configuration(options)
        var changes: [Change] = []
        try await ClientSession.run(options, configuration, datacenter: node.datacenter?.name) { session in
            let answer = try await session.client.read(Self.request("/v1/orphans/\(full)"))
            do throws(CoreError) {
                changes = try ChangeSet(decoding: answer.body).changes
            } catch {
                throw ClientError(.failed, "orphan \(full): \(error.message)")
            }
        }
        return (full, changes)
    }

    /// Hands the full hash and the changes of the orphan that `hash` begins to `body`, with a session of the whole
    /// cluster: the orphan lies at one datacentre, but what is to be done with it is for whoever leads.
    static func withChanges(
        of hash: String,
        _ options: GlobalOptions,
        body: (String, [Change], ClientSession) async throws -> Void
    ) async throws {
        let (hash, changes) = try await self.changes(of: hash, options)
        var options = options
        options.dc = nil
        try await ClientSession.run(options) { try await body(hash, changes, $0) }
    }

    /// The change that writes down what became of an orphan; its content is staged first.
    static func decision(
        _ decision: String,
        on hash: String,
        _ session: ClientSession
    ) async throws -> Change {
        let text = "{\"decision\":\"\(decision)\",\"orphan\":\"\(hash)\"}\n"
        let bytes = Array(text.utf8)
        let address = try await session.client.stage(blob: bytes)
        do throws(CoreError) {
            let path = try NamespacePath("/meta/orphan/\(hash).json")
            let entry = try Entry.file(content: address, size: UInt64(bytes.count))
            return Change(path: path, precondition: .absent, action: .put(entry))
        } catch {
            throw ClientError(.failed, error.message)
        }
    }

    /// A change as the API writes it.
    static func json(_ change: Change) -> [String: JSONValue] {
        var out: [String: JSONValue] = ["path": .string(change.path.string)]
        switch change.action {
        case .put(let entry): out["put"] = self.json(entry, at: change.path)
        case .delete(let recursive): out["delete"] = ["recursive": .boolean(recursive)]
        case .move(let target): out["move"] = ["to": .string(target.string)]
        }
        return out
    }

    /// An entry as the API writes it; null for none.
    static func json(_ entry: Entry?, at path: NamespacePath) -> JSONValue {
        entry.flatMap { try? JSONValue(parsing: Array(ListedEntry(path: path, entry: $0).json.utf8)) } ?? .null
    }

    private static func request(_ target: String) -> TransportRequest {
        TransportRequest(.get, target, deadlineMilliseconds: Limits.clientDeadlineMilliseconds)
    }
}
