import Foundation
import Glibc
import Testing

/// What a real, listening node does with requests that mean harm: the right code and words, and memory that is bounded.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct DatabricksAbuseTests {
    private static let mebibyte = 1 << 20
    private static let importTarget = "/api/2.0/workspace/import"

    /// A node alone, and a client of it.
    private static func withNode(_ body: (ProcessCluster, DatabricksClient) throws -> Void) throws {
        let cluster = try ProcessCluster(count: 1)
        defer { cluster.stop() }
        try cluster.start("dc1")
        try body(cluster, try DatabricksClient(cluster, "dc1"))
    }

    /// A file of `count` bytes that begins and ends with the given texts.
    private static func file(
        _ cluster: ProcessCluster,
        _ start: String,
        fill: Character = "A",
        count: Int,
        _ end: String
    ) throws -> String {
        let url = cluster.directory.appendingPathComponent("body-\(UUID().uuidString)")
        var data = Data(start.utf8)
        data.append(Data(repeating: fill.asciiValue ?? 0x41, count: count))
        data.append(Data(end.utf8))
        try data.write(to: url)
        return url.path
    }

    @Test func `a JSON document of 100 MB is refused with its limit, in little memory`() throws {
        try Self.withNode { cluster, client in
            let body = try Self.file(cluster, #"{"name": ""#, count: 100 * Self.mebibyte, #""}"#)
            let before = try cluster.peakMemoryBytes("dc1")
            for form in [[], ["-H", "Transfer-Encoding: chunked"]] {
                let arguments = form + ["-X", "POST", "--data-binary", "@\(body)"]
                let document = try client.send("/api/2.1/jobs/create", arguments: arguments)
                #expect(document.status == 413, "\(document.text)")
                #expect(document.errorCode == "REQUEST_TOO_LARGE")
                let notebook = try client.send(Self.importTarget, arguments: arguments)
                #expect([400, 413].contains(notebook.status), "\(notebook.text)")
                #expect(["MAX_NOTEBOOK_SIZE_EXCEEDED", "REQUEST_TOO_LARGE"].contains(notebook.errorCode))
            }
            let growth = try cluster.peakMemoryBytes("dc1") - before
            #expect(growth < 128 * Self.mebibyte, "\(growth >> 20) MiB more at the peak")
            #expect(try client.send("/api/2.1/jobs/create", #"{"name": "fine"}"#).status == 200)
        }
    }

    @Test func `a notebook of 11 MB is refused and one of 10 MiB taken`() throws {
        try Self.withNode { cluster, client in
            let start = #"{"path": "/Shared/n", "language": "PYTHON", "content": ""#
            // Base64 of 3 bytes for each 4 characters.
            let over = try Self.file(cluster, start, count: 11_000_000 / 3 * 4, #""}"#)
            let refused = try client.send(Self.importTarget, arguments: ["--data-binary", "@\(over)"])
            #expect(refused.status == 400)
            #expect(refused.errorCode == "MAX_NOTEBOOK_SIZE_EXCEEDED")
            #expect(refused.text.contains("exceeded max size (10485760 bytes)"))
            // With the header that is put in front, just below the limit.
            let most = try Self.file(cluster, start, count: (10 * Self.mebibyte - 64) / 3 * 4, #""}"#)
            let taken = try client.send(Self.importTarget, arguments: ["--data-binary", "@\(most)"])
            #expect(taken.status == 200, "\(taken.text.prefix(300))")
        }
    }

    @Test func `a path takes 4096 bytes and no more, and twins that differ in case are two objects`() throws {
        try Self.withNode { _, client in
            // `/workspace/main` comes before what the client says.
            for (count, status) in [(4_096 - 15, 200), (4_096 - 14, 400), (40_000, 400)] {
                let path = "/" + String(repeating: "n", count: count - 1)
                let put = #"{"path": "\#(path)", "language": "PYTHON", "content": "MQ=="}"#
                let answer = try client.send(Self.importTarget, put)
                #expect(answer.status == status, "\(count): \(answer.text.prefix(300))")
                if status != 200 { #expect(answer.errorCode == "INVALID_PARAMETER_VALUE") }
            }
            for name in ["Twin", "twin"] {
                let put = #"{"path": "/Shared/\#(name)", "language": "PYTHON", "content": "MQ=="}"#
                #expect(try client.send(Self.importTarget, put).status == 200)
            }
            let list = try client.send("/api/2.0/workspace/list?path=/Shared").json["objects"] as? [[String: Any]]
            #expect(list?.compactMap { $0["path"] as? String } == ["/Shared/Twin", "/Shared/twin"])
            #expect(Set(list?.compactMap { $0["object_id"] as? Int } ?? []).count == 2)
        }
    }

    // MARK: Slow clients

    /// A connection that has sent `text`.
    private static func connection(to url: String, sending text: String) throws -> Int32 {
        guard let parts = URLComponents(string: url), let host = parts.host, let port = parts.port else {
            throw ProcessCluster.Failure(description: "no address: \(url)")
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = inet_addr(host)
        let handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(handle, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0, send(handle, text, text.utf8.count, 0) == text.utf8.count else {
            throw ProcessCluster.Failure(description: "connect: \(String(cString: strerror(errno)))")
        }
        return handle
    }

    /// Whether the node has ended the connection by `deadline`, sending one byte of the body a second until then.
    private static func hasEnded(_ handle: Int32, by deadline: Date) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while Date() < deadline {
            let count = recv(handle, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count == 0 || (count < 0 && errno != EAGAIN) { return true }
            // An answer before the body's end counts, too.
            if count > 0 { return true }
            _ = send(handle, "x", 1, Int32(MSG_NOSIGNAL))
            Thread.sleep(forTimeInterval: 1)
        }
        return false
    }

    @Test func `five hundred uploads that trickle neither cost memory nor hold up others`() throws {
        try Self.withNode { cluster, client in
            let before = try cluster.peakMemoryBytes("dc1")
            let head = "POST \(Self.importTarget) HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(client.token)\r\n"
            var handles: [Int32] = []
            defer { for handle in handles { close(handle) } }
            for number in 0..<500 {
                // A third has not ended its head, the others have sent a little of a large body.
                let text = number % 3 == 0 ? head : head + "Content-Length: 10000000\r\n\r\n{"
                handles.append(try Self.connection(to: client.url, sending: text))
            }
            let start = Date()
            for number in 0..<20 {
                let put = #"{"path": "/Shared/n\#(number)", "language": "PYTHON", "content": "MQ=="}"#
                let answer = try client.send(Self.importTarget, put)
                #expect(answer.status == 200, "import \(number): \(answer)")
            }
            let seconds = Date().timeIntervalSince(start)
            #expect(seconds < 20, "\(seconds) s for twenty imports")
            let growth = try cluster.peakMemoryBytes("dc1") - before
            #expect(growth < 96 * Self.mebibyte, "\(growth >> 20) MiB more at the peak")
            guard ProcessInfo.processInfo.environment["TARN_LONG"] == "1" else { return }
            let deadline = Date().addingTimeInterval(100)
            #expect(Self.hasEnded(handles[0], by: deadline), "a head that does not end")
            #expect(Self.hasEnded(handles[1], by: deadline), "a body of a byte a second")
        }
    }
}
