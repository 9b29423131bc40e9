import Foundation

/// A client of Databricks at one datacentre of a cluster of processes: curl, which repeats what is refused with 503 as
/// the SDK does.
struct DatabricksClient {
    struct Answer {
        let status: Int
        let headers: String
        let text: String

        var json: [String: Any] {
            get throws {
                guard let value = try JSONSerialization.jsonObject(with: Data(self.text.utf8)) as? [String: Any] else {
                    throw ProcessCluster.Failure(description: "no JSON object: \(self.text.prefix(500))")
                }
                return value
            }
        }

        var errorCode: String? { (try? self.json)?["error_code"] as? String }

        /// The value of a header, by its name in lower case.
        func header(_ name: String) -> String? {
            for line in self.headers.split(whereSeparator: \.isNewline) {
                guard let colon = line.firstIndex(of: ":"), line[..<colon].lowercased() == name else { continue }
                return line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            }
            return nil
        }
    }

    let cluster: ProcessCluster
    let url: String
    let token: String

    init(_ cluster: ProcessCluster, _ name: String) throws {
        guard let url = try cluster.apiURL(name), let token = try cluster.clientSetting("token") else {
            throw ProcessCluster.Failure(description: "\(name) has no address, or client.yaml no token")
        }
        self.cluster = cluster
        self.url = url
        self.token = token
    }

    /// GET, or POST where there is a body.
    func send(_ target: String, _ body: String? = nil, headers: [String] = []) throws -> Answer {
        try self.send(target, arguments: body.map { ["-X", "POST", "-d", $0] } ?? [], headers: headers)
    }

    /// A request of the form that `arguments` of curl give it.
    func send(_ target: String, arguments: [String], headers: [String] = []) throws -> Answer {
        let dump = self.cluster.directory.appendingPathComponent("headers-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: dump) }
        var all = ["-sS", "-m", "60", "-D", dump.path, "-w", "\n%{http_code}"]
        for header in headers + ["Authorization: Bearer \(self.token)", "Expect:"] { all += ["-H", header] }
        all += arguments + [self.url + target]
        for _ in 0..<20 {
            let result = try self.cluster.run("/usr/bin/curl", all)
            guard let end = result.output.lastIndex(of: "\n"),
                let status = Int(result.output[result.output.index(after: end)...]), status > 0
            else { throw ProcessCluster.Failure(description: "curl \(target): \(result.status) \(result.errors)") }
            if status == 503 { continue }
            let shown = (try? String(contentsOf: dump, encoding: .utf8)) ?? ""
            return Answer(status: status, headers: shown, text: String(result.output[..<end]))
        }
        throw ProcessCluster.Failure(description: "\(target) says 503 again and again")
    }
}
