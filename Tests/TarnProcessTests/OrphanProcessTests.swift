import Foundation
import Testing

/// What a primary had ordered when the others went on without it, and what a person does with it.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct OrphanProcessTests {
    private static let folder = "/workspace/main"

    @Test func `an orphan is listed and compared, replayed or discarded, and is then everywhere or nowhere`() throws {
        let (cluster, network) = try ProcessNetwork.startCluster()
        defer {
            cluster.stop()
            network.stop()
        }
        try cluster.put("before", at: "\(Self.folder)/before.txt")
        try cluster.converge()
        try network.order("isolate dc1")
        try Self.orphan(["wanted": "wanted by somebody", "unwanted": "wanted by nobody"], cluster)
        try cluster.put("after", at: "\(Self.folder)/after.txt")
        try network.order("heal")
        try cluster.converge()

        let hashes = try Self.open(cluster)
        #expect(hashes.count == 2)
        let wanted = try #require(try Self.hash(naming: "/wanted.txt", of: hashes, cluster))
        let unwanted = try #require(try Self.hash(naming: "/unwanted.txt", of: hashes, cluster))
        #expect(try cluster.done("orphans", "diff", wanted).contains("+ \(Self.folder)/wanted.txt  18 B"))
        let url = try #require(try cluster.apiURL("dc1"))
        #expect(try cluster.done("orphans", "show", wanted, "--node", url).contains("wanted.txt"))
        for command in ["show", "diff"] {
            let text = try cluster.done("orphans", command, wanted, "--json")
            let document = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
            let changes = document?["changes"] as? [[String: Any]] ?? []
            #expect(document?["orphan"] as? String == wanted)
            let put = changes.first { $0["path"] as? String == "\(Self.folder)/wanted.txt" }?["put"] as? [String: Any]
            #expect(put?["size"] as? Int == 18, "\(text)")
        }
        try cluster.put("something else", at: "\(Self.folder)/wanted.txt")
        #expect(try cluster.done("orphans", "diff", wanted).contains("~ \(Self.folder)/wanted.txt  14 B → 18 B"))

        #expect(try cluster.tarn(["orphans", "discard", String(unwanted.prefix(8))]).status == 2)
        try cluster.done("orphans", "discard", unwanted)
        try cluster.done("orphans", "replay", String(wanted.prefix(16)))
        #expect(try cluster.tarn(["orphans", "replay", wanted]).status == 3, "what is decided is not decided again")
        #expect(try cluster.tarn(["orphans", "show", "00"]).status == 3)
        try cluster.converge()
        for name in ProcessCluster.names {
            #expect(try cluster.done("cat", "\(Self.folder)/wanted.txt", "--dc", name) == "wanted by somebody")
            #expect(try cluster.tarn(["cat", "\(Self.folder)/unwanted.txt", "--dc", name]).status != 0)
            try cluster.done("verify", "--dc", name)
        }
        #expect(try Self.open(cluster).isEmpty)
        #expect(try cluster.done("orphans", "list", "--all").components(separatedBy: "decided").count == 3)
        // Those that were ordered at a datacentre that does not answer are not known.
        cluster.kill("dc1")
        let partial = try cluster.tarn(["orphans", "list"])
        #expect(partial.status == 1 && partial.output.contains("that answer"), "\(partial.status) \(partial.output)")
    }

    /// Writes the texts at a primary that nobody hears, one file each, and waits until it has given up on them.
    private static func orphan(_ texts: [String: String], _ cluster: ProcessCluster) throws {
        let writers = try texts.map { name, text in
            let file = cluster.directory.appendingPathComponent(name)
            try Data(text.utf8).write(to: file)
            return try cluster.launchTool(["put", file.path, "\(self.folder)/\(name).txt", "--dc", "dc1"])
        }
        for writer in writers {
            writer.waitUntilExit()
            #expect(writer.terminationStatus == 4, "nobody can know what becomes of it")
        }
    }

    /// Hashes of the orphans that somebody has to look at.
    private static func open(_ cluster: ProcessCluster) throws -> [String] {
        let list = try cluster.done("orphans", "list", "--json")
        let rows = try JSONSerialization.jsonObject(with: Data(list.utf8)) as? [[String: Any]]
        return (rows ?? []).compactMap { $0["hash"] as? String }
    }

    private static func hash(naming text: String, of hashes: [String], _ cluster: ProcessCluster) throws -> String? {
        try hashes.first { try cluster.done("orphans", "show", $0).contains(text) }
    }
}
