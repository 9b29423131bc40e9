import Foundation
import Testing

/// Databricks clients on three real processes: what they wrote they read, and what a lost primary means to them.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct DatabricksFailoverTests {
    @Test func `a bearer reads at an observer what it wrote there, and secrets are nowhere in clear`() throws {
        let cluster = try ProcessCluster()
        defer { cluster.stop() }
        for name in ProcessCluster.names { try cluster.start(name) }
        let observer = try DatabricksClient(cluster, "dc3")
        for number in 0..<20 {
            let path = "/Shared/n\(number)"
            let put = #"{"path": "\#(path)", "language": "PYTHON", "content": "MQ=="}"#
            #expect(try observer.send("/api/2.0/workspace/import", put).status == 200)
            #expect(try observer.send("/api/2.0/workspace/get-status?path=\(path)").status == 200)
        }
        let secret = "a-value-that-nobody-may-find"
        let standby = try DatabricksClient(cluster, "dc2")
        #expect(try standby.send("/api/2.0/secrets/scopes/create", #"{"scope": "s"}"#).status == 200)
        let put = #"{"scope": "s", "key": "k", "string_value": "\#(secret)"}"#
        #expect(try standby.send("/api/2.0/secrets/put", put).status == 200)
        try cluster.converge()
        for name in ProcessCluster.names {
            let answer = try DatabricksClient(cluster, name).send("/api/2.0/secrets/get?scope=s&key=k")
            #expect(try answer.json["value"] as? String == Data(secret.utf8).base64EncodedString())
        }
        for text in [secret, Data(secret.utf8).base64EncodedString()] {
            let found = try cluster.run("/usr/bin/grep", ["-rlaF", text, cluster.directory.path])
            #expect(found.status == 1, "\(found.output)")
        }
    }

    @Test func `what a session wrote at one datacentre it reads at once there and, naming the op, at any other`() throws
    {
        let cluster = try ProcessCluster()
        defer { cluster.stop() }
        for name in ProcessCluster.names { try cluster.start(name) }
        let standby = try DatabricksClient(cluster, "dc2")
        let others = try ["dc1", "dc3"].map { try DatabricksClient(cluster, $0) }
        let export = "/api/2.0/workspace/export?path=/Shared/n&direct_download=true"
        for number in 0..<20 {
            let text = "# Databricks notebook source\nx = \(number)"
            let content = Data(text.utf8).base64EncodedString()
            let put = #"{"path": "/Shared/n", "language": "PYTHON", "overwrite": true, "content": "\#(content)"}"#
            let written = try standby.send("/api/2.0/workspace/import", put)
            #expect(written.status == 200, "\(written.text)")
            let op = try #require(written.header("tarn-op"))
            #expect(try standby.send(export).text == text)
            for other in others {
                let read = try other.send(export, headers: ["Tarn-At-Least: \(op)"])
                #expect(read.text == text)
                #expect(try #require(read.header("tarn-op").flatMap { UInt64($0) }) >= UInt64(op) ?? .max)
            }
        }
    }

    @Test func `a handle of a lost primary is unknown to the next one`() throws {
        let cluster = try ProcessCluster()
        defer { cluster.stop() }
        for name in ProcessCluster.names { try cluster.start(name) }
        let primary = try #require(try cluster.primary())
        let others = try ProcessCluster.names.filter { $0 != primary }.map { try DatabricksClient(cluster, $0) }
        let opened = try others[0].send("/api/2.0/dbfs/create", #"{"path": "/f"}"#)
        let handle = try #require(try opened.json["handle"] as? Int)
        let block = #"{"handle": \#(handle), "data": "aGVsbG8="}"#
        #expect(try others[1].send("/api/2.0/dbfs/add-block", block).status == 200)

        cluster.kill(primary)
        // Waits until somebody leads, instead of failing.
        let job = try others[1].send("/api/2.1/jobs/create", #"{"name": "once"}"#)
        #expect(job.status == 200, "\(job.text)")
        let next = try others[0].send("/api/2.0/dbfs/add-block", block)
        #expect(next.status == 404)
        #expect(next.errorCode == "RESOURCE_DOES_NOT_EXIST")
        #expect(try (next.json["message"] as? String)?.contains("Create the file again") == true)
        #expect(try others[0].send("/api/2.0/dbfs/get-status?path=/f").status == 404)
    }

    /// Creates jobs of names of its own until a file says to stop, and notes what each became: asks again after 503
    /// only, as the SDK does.
    private static let writer = """
        for number in $(seq 1 5000); do
            for attempt in $(seq 1 60); do
                status=$(curl -s -o "$OUT.answer" -m 60 -w '%{http_code}' -H "Authorization: Bearer $TOKEN" \\
                    -d "{\\"name\\": \\"$NAME-$number\\"}" "$URL/api/2.1/jobs/create")
                if [ "$status" != 503 ]; then break; fi
            done
            case "$status" in 200 | 504) ;; *) cat "$OUT.answer" >>"$OUT.refusals" ;; esac
            echo "$NAME-$number $status" >>"$OUT"
            if [ -e "$STOP" ]; then exit 0; fi
        done
        """

    @Test func `a job is made once, whatever its client asked again while the primary was lost`() throws {
        let cluster = try ProcessCluster()
        defer { cluster.stop() }
        for name in ProcessCluster.names { try cluster.start(name) }
        let primary = try #require(try cluster.primary())
        let others = try ProcessCluster.names.filter { $0 != primary }.map { try DatabricksClient(cluster, $0) }
        let stop = cluster.directory.appendingPathComponent("stop")
        var writers: [(process: Process, out: URL)] = []
        defer { for writer in writers where writer.process.isRunning { writer.process.terminate() } }
        for number in 0..<6 {
            let out = cluster.directory.appendingPathComponent("writer-\(number)")
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/bin/bash")
            process.arguments = ["-c", Self.writer]
            process.environment = ProcessInfo.processInfo.environment.merging([
                "TOKEN": others[0].token, "URL": others[number % 2].url, "NAME": "w\(number)", "OUT": out.path,
                "STOP": stop.path,
            ]) { $1 }
            try process.run()
            writers.append((process, out))
        }
        let outs = writers.map(\.out)
        try Self.wait { outs.allSatisfy { Self.outcomes(of: $0).count >= 5 } }
        let before = outs.map { Self.outcomes(of: $0).count }
        cluster.kill(primary)
        try Self.wait { zip(outs, before).allSatisfy { Self.outcomes(of: $0).count >= $1 + 8 } }
        try Data().write(to: stop)
        for writer in writers { writer.process.waitUntilExit() }

        let outcomes = outs.flatMap { Self.outcomes(of: $0) }
        for out in outs {
            if let refusals = try? String(contentsOf: out.appendingPathExtension("refusals"), encoding: .utf8) {
                Issue.record("refused: \(refusals)")
            }
        }
        let made = try Self.jobNames(others[0])
        let counts = Dictionary(made.map { ($0, 1) }, uniquingKeysWith: +)
        for (name, status) in outcomes {
            #expect(["200", "504"].contains(status), "\(name) \(status)")
            #expect((status == "200" ? 1...1 : 0...1).contains(counts[name] ?? 0), "\(name) \(status)")
        }
        #expect(Set(made).isSubset(of: Set(outcomes.map(\.name))))
        #expect(outcomes.filter { $0.status == "200" }.count >= 60)
    }

    private static func outcomes(of file: URL) -> [(name: String, status: String)] {
        ((try? String(contentsOf: file, encoding: .utf8)) ?? "").split(separator: "\n").compactMap { line in
            let parts = line.split(separator: " ").map(String.init)
            return parts.count == 2 ? (parts[0], parts[1]) : nil
        }
    }

    private static func wait(_ isDone: () -> Bool) throws {
        guard Polling.holds(within: 60, isDone) else {
            throw ProcessCluster.Failure(description: "the writers make no headway")
        }
    }

    private static func jobNames(_ client: DatabricksClient) throws -> [String] {
        var names: [String] = []
        var token = ""
        repeat {
            let page = try client.send("/api/2.1/jobs/list?limit=100&page_token=\(token)").json
            for job in page["jobs"] as? [[String: Any]] ?? [] {
                names.append(try #require((job["settings"] as? [String: Any])?["name"] as? String))
            }
            token = page["next_page_token"] as? String ?? ""
        } while !token.isEmpty
        return names
    }
}
