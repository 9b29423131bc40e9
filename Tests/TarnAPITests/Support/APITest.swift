import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import TarnCatalog
import TarnCore
import TarnCrypto
import TarnNode
import Testing

@testable import TarnAPI

/// Runs tests against the routes of a listener over a ``FakeNode``, without a socket or with one.
enum APITest {
    static let admin = "tarn_admin_0"
    static let writer = "tarn_writer_0"
    static let reader = "tarn_reader_0"
    static let logger = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }

    /// A node with a token of each scope and a catalog in a directory of its own.
    static func withNode<Value: Sendable>(
        _ name: String = "dc1",
        _ body: (FakeNode) async throws -> Value
    ) async throws -> Value {
        let directory = FileManager.default.temporaryDirectory.appending(path: "tarn-api-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let content = FakeContent()
        let catalog = try await Catalog.open(
            Catalog.Configuration(directory: directory, clusterName: "c1", isSearchEnabled: true),
            content: content,
            logger: self.logger
        )
        let node = try FakeNode(catalog: catalog, name: name)
        content.attach(node)
        try node.add(token: self.admin, name: "admin", scope: .admin)
        try node.add(token: self.writer, name: "writer", scope: .write)
        try node.add(token: self.reader, name: "reader", scope: .read)
        do {
            let value = try await body(node)
            try await catalog.close()
            return value
        } catch {
            try await catalog.close()
            throw error
        }
    }

    static func server(_ node: FakeNode, authorityPEM: String? = nil, tls: NodeIdentity? = nil) throws -> APIServer {
        try APIServer(
            node: node,
            address: HostPort(host: "127.0.0.1", port: 0),
            tls: tls,
            authorityPEM: authorityPEM,
            secretBox: try SecretBox(key: Array(repeating: 3, count: SecretBox.keyBytesCount)),
            logger: self.logger
        )
    }

    static func run(
        _ setup: TestingSetup = .router,
        _ body: @Sendable (FakeNode, Client) async throws -> Void
    ) async throws {
        try await self.withNode { node in
            try await self.server(node).application().test(setup) { try await body(node, Client(base: $0)) }
        }
    }

    /// Sends requests with a token and reads answers.
    struct Client: Sendable {
        let base: any TestClientProtocol

        func send(
            _ method: HTTPRequest.Method,
            _ target: String,
            _ body: String? = nil,
            bytes: [UInt8]? = nil,
            token: String? = APITest.admin,
            headers: [String: String] = [:]
        ) async throws -> Answer {
            var fields = HTTPFields()
            for (name, value) in headers { fields[try #require(HTTPField.Name(name))] = value }
            if let token { fields[.authorization] = "Bearer \(token)" }
            let content = body.map { ByteBuffer(string: $0) } ?? bytes.map { ByteBuffer(bytes: $0) }
            return Answer(
                try await self.base.executeRequest(uri: target, method: method, headers: fields, body: content)
            )
        }

        func get(
            _ target: String,
            token: String? = APITest.admin,
            headers: [String: String] = [:]
        ) async throws -> Answer {
            try await self.send(.get, target, token: token, headers: headers)
        }
    }

    struct Answer {
        let status: Int
        let headers: HTTPFields
        let bytes: [UInt8]

        init(_ response: TestResponse) {
            self.status = response.status.code
            self.headers = response.headers
            self.bytes = Array(response.body.readableBytesView)
        }

        var text: String { String(decoding: self.bytes, as: UTF8.self) }

        var json: [String: Any] {
            get throws { try #require(JSONSerialization.jsonObject(with: Data(self.bytes)) as? [String: Any]) }
        }

        var errorCode: String? { (try? self.json)?["error_code"] as? String }
        func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { self.headers[$0] } }
        func list(_ key: String) throws -> [[String: Any]] { try #require(self.json[key] as? [[String: Any]]) }
        func number(_ key: String) throws -> Int { try #require(self.json[key] as? Int) }
        func string(_ key: String) throws -> String { try #require(self.json[key] as? String) }
        /// The value of `key` in each element of the list at `list`.
        func names(_ list: String, _ key: String = "path") throws -> [String] {
            try self.list(list).compactMap { $0[key] as? String }
        }
    }
}
