import Foundation
import Testing

/// Tokens and the audit log on three real processes.
@Suite("Access", .serialized)
struct AccessTests {
    @Test(
        "a token works everywhere, is rotated, and is refused everywhere once it is revoked; the audit log tells of it"
    )
    func tokens() throws {
        let cluster = try ProcessCluster()
        defer { cluster.stop() }
        for name in ProcessCluster.names { try cluster.start(name) }
        let made = try cluster.tarn(["token", "create", "ci", "--scope", "read", "--expires", "1h"])
        #expect(made.status == 0, "\(made.errors)")
        let token = made.output.trimmingCharacters(in: .whitespacesAndNewlines)
        let id = try #require(token.split(separator: "_").dropFirst().first.map(String.init))
        for name in ProcessCluster.names { try Self.waitUntil(token, works: true, at: name, cluster) }
        let rotated = try cluster.tarn(["token", "rotate", id])
        #expect(rotated.status == 0, "\(rotated.errors)")
        let new = rotated.output.trimmingCharacters(in: .whitespacesAndNewlines)
        for name in ProcessCluster.names {
            try Self.waitUntil(new, works: true, at: name, cluster)
            try Self.waitUntil(token, works: false, at: name, cluster)
        }
        #expect(try cluster.tarn(["token", "revoke", id]).status == 0)
        for name in ProcessCluster.names { try Self.waitUntil(new, works: false, at: name, cluster) }
        let audit = try cluster.tarn(["audit", "--author", "admin"])
        let lines = audit.output.split(separator: "\n")
        for action in ["token_created", "token_rotated", "token_revoked"] {
            #expect(lines.contains { $0.contains(action) && $0.contains("127.") }, "\(audit.output)")
        }
        #expect(try cluster.tarn(["audit", "--since", "1h", "--author", "nobody"]).output.contains("token") == false)
    }

    @Test("a report of a defect holds no secrets")
    func doctor() throws {
        let cluster = try ProcessCluster(count: 1)
        defer { cluster.stop() }
        try cluster.start("dc1")
        let node = cluster.nodeDirectory("dc1").appendingPathComponent("node.yaml").path
        let report = try cluster.tarn(["doctor", "--node-config", node])
        #expect(report.status == 0, "\(report.errors)")
        let client = try String(contentsOfFile: cluster.client, encoding: .utf8)
        let token = try #require(client.split(separator: "\n").first { $0.hasPrefix("token: ") }?.dropFirst(7))
        #expect(report.output.contains("tarn_commit_op"))
        #expect(report.output.contains("genesis.bin"))
        #expect(!report.output.contains(token))
        #expect(!report.output.contains("PRIVATE KEY"))
    }

    /// Asks one datacentre with `token` until it answers as it shall.
    private static func waitUntil(_ token: String, works: Bool, at name: String, _ cluster: ProcessCluster) throws {
        let deadline = Date().addingTimeInterval(10)
        repeat {
            let isTaken = try cluster.tarn(["status", "--dc", name, "--token", token]).status == 0
            if isTaken == works { return }
        } while Date() < deadline
        Issue.record("the token is \(works ? "refused" : "taken") at \(name)")
    }
}
