import Foundation
import Testing

/// Databricks clients on three real processes: what they wrote they read, and what a lost primary means to them.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct DatabricksFailoverTests {
    private struct Answer {
        let status: Int
        let text: String

        var json: [String: Any] {
            get throws { try #require(JSONSerialization.jsonObject(with: Data(self.text.utf8)) as? [String: Any]) }
        }
    }

    /// One request at the API of a datacentre, by curl, as often as asked until the answer is not 503.
    private static func send(
        _ cluster: ProcessCluster,
        _ name: String,
        _ target: String,
        _ body: String? = nil
    ) throws -> Answer {
        let token = try #require(try cluster.clientSetting("token"))
        let url = try #require(try cluster.apiURL(name)) + target
        var arguments = ["-sS", "-m", "60", "-w", "\n%{http_code}", "-H", "Authorization: Bearer \(token)"]
        if let body { arguments += ["-X", "POST", "-d", body] }
        for _ in 0..<20 {
            let result = try cluster.run("/usr/bin/curl", arguments + [url])
            guard result.status == 0, let end = result.output.lastIndex(of: "\n"),
                let status = Int(result.output[result.output.index(after: end)...])
            else { throw ProcessCluster.Failure(description: "curl \(url): \(result.status) \(result.errors)") }
            if status != 503 { return Answer(status: status, text: String(result.output[..<end])) }
        }
        throw ProcessCluster.Failure(description: "\(url) says 503 again and again")
    }

    @Test func `a bearer reads at an observer what it wrote there, and secrets are nowhere in clear`() throws {
        let cluster = try ProcessCluster()
        defer { cluster.stop() }
        for name in ProcessCluster.names { try cluster.start(name) }
        for number in 0..<20 {
            let path = "/Shared/n\(number)"
            let put = #"{"path": "\#(path)", "language": "PYTHON", "content": "MQ=="}"#
            #expect(try Self.send(cluster, "dc3", "/api/2.0/workspace/import", put).status == 200)
            #expect(try Self.send(cluster, "dc3", "/api/2.0/workspace/get-status?path=\(path)").status == 200)
        }
        let secret = "a-value-that-nobody-may-find"
        #expect(try Self.send(cluster, "dc2", "/api/2.0/secrets/scopes/create", #"{"scope": "s"}"#).status == 200)
        let put = #"{"scope": "s", "key": "k", "string_value": "\#(secret)"}"#
        #expect(try Self.send(cluster, "dc2", "/api/2.0/secrets/put", put).status == 200)
        _ = try cluster.converge()
        for name in ProcessCluster.names {
            let answer = try Self.send(cluster, name, "/api/2.0/secrets/get?scope=s&key=k")
            #expect(try answer.json["value"] as? String == Data(secret.utf8).base64EncodedString())
        }
        for text in [secret, Data(secret.utf8).base64EncodedString()] {
            let found = try cluster.run("/usr/bin/grep", ["-rlaF", text, cluster.directory.path])
            #expect(found.status == 1, "\(found.output)")
        }
    }

    @Test func `a handle of a lost primary is unknown to the next one, and a job is made once`() throws {
        let cluster = try ProcessCluster()
        defer { cluster.stop() }
        for name in ProcessCluster.names { try cluster.start(name) }
        let primary = try #require(try cluster.primary())
        let others = ProcessCluster.names.filter { $0 != primary }
        let opened = try Self.send(cluster, others[0], "/api/2.0/dbfs/create", #"{"path": "/f"}"#)
        let handle = try #require(try opened.json["handle"] as? Int)
        let block = #"{"handle": \#(handle), "data": "aGVsbG8="}"#
        #expect(try Self.send(cluster, others[1], "/api/2.0/dbfs/add-block", block).status == 200)

        cluster.kill(primary)
        // Waits until somebody leads, instead of failing.
        let job = try Self.send(cluster, others[1], "/api/2.1/jobs/create", #"{"name": "once"}"#)
        #expect(job.status == 200, "\(job.text)")
        let jobs = try Self.send(cluster, others[1], "/api/2.1/jobs/list?name=once")
        #expect((try jobs.json["jobs"] as? [Any])?.count == 1)
        let next = try Self.send(cluster, others[0], "/api/2.0/dbfs/add-block", block)
        #expect(next.status == 404)
        #expect(try next.json["error_code"] as? String == "RESOURCE_DOES_NOT_EXIST")
        #expect(try (next.json["message"] as? String)?.contains("Create the file again") == true)
        #expect(try Self.send(cluster, others[0], "/api/2.0/dbfs/get-status?path=/f").status == 404)
    }
}
