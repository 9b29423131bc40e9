import TarnClient
import TarnCore
import Testing

@Suite struct ClientConfigurationTests {
    private static let id = "00112233445566778899aabbccddeeff"

    @Test func aWholeFileIsRead() throws {
        let configuration = try ClientConfiguration(
            yaml: """
                cluster: \(Self.id)
                nodes:
                  - {dc: dc1, url: "http://127.0.0.1:7001/"}
                  - {dc: dc2, url: "https://node.example.org"}
                token: abc
                ca: ca.crt
                """,
            directory: "/etc/tarn"
        )
        #expect(configuration.cluster == Self.id)
        #expect(configuration.nodes.map(\.url) == ["http://127.0.0.1:7001", "https://node.example.org"])
        #expect(configuration.nodes.map { $0.datacenter?.name } == ["dc1", "dc2"])
        #expect(configuration.token == "abc")
        #expect(configuration.authorityPath == "/etc/tarn/ca.crt")
    }

    @Test func aClusterOfDigitsAloneIsText() throws {
        let digits = "00112233445566778899001122334455"
        let configuration = try ClientConfiguration(
            yaml: "cluster: \(digits)\nnodes: [{dc: a, url: 'http://h:1'}]\n",
            directory: "/"
        )
        #expect(configuration.cluster == digits)
    }

    @Test(arguments: [
        ("cluster: \(id)\nnodes: [{dc: a, url: 'http://h:1'}]\ntokn: x\n", "unknown key 'tokn'"),
        ("cluster: \(id)\nnodes: [{dc: a, uri: 'http://h:1'}]\n", "unknown key 'uri'"),
        ("cluster: \(id)\nnodes: []\n", "key 'nodes'"), ("cluster: \(id)\n", "key 'nodes' is missing"),
        ("cluster: xyz\nnodes: [{dc: a, url: 'http://h:1'}]\n", "key 'cluster'"),
        ("nodes: [{dc: a, url: 'http://h:1'}]\n", "key 'cluster' is missing"),
        ("cluster: \(id)\nnodes: [{dc: a, url: 'h:1'}]\n", "key 'url'"),
        ("cluster: \(id)\nnodes: [{dc: a, url: 'http://h:1/api'}]\n", "key 'url'"),
        ("cluster: \(id)\nnodes: [{dc: A, url: 'http://h:1'}]\n", "key 'dc'"),
        ("cluster: \(id)\nnodes: [{dc: a, url: 'http://h:1'}, {dc: a, url: 'http://h:2'}]\n", "the same 'dc'"),
        ("cluster: \(id)\nnodes: x\n", "key 'nodes' is not a list"), ("- a\n", "not a mapping"),
        ("cluster: [\n", "not valid YAML"), ("", "not a mapping"),
    ])
    func anErrorNamesTheKey(yaml: String, message: String) throws {
        let error = try #require(throws: ClientError.self) { try ClientConfiguration(yaml: yaml, directory: "/") }
        #expect(error.code == .usage)
        #expect(error.message.contains(message), "\(error.message)")
    }

    @Test(arguments: ["abc\n", "abc\r", "a b", "ä", "a\nb: c"])
    func aTokenThatNoHeaderHoldsIsRefused(token: String) throws {
        func expectRefusal(_ body: () throws -> ClientConfiguration) throws {
            let error = try #require(throws: ClientError.self) { try body() }
            #expect(error.code == .usage && error.message.contains("the token"), "\(error.message)")
        }
        let yaml = "cluster: \(Self.id)\nnodes: [{dc: a, url: 'http://h:1'}]\n"
        try expectRefusal { try ClientConfiguration(nodeURL: "http://h:1", token: token) }
        try expectRefusal { try ClientConfiguration(yaml: yaml, directory: "/").with(token: token) }
        let quoted = token.replacing("\n", with: "\\n").replacing("\r", with: "\\r")
        try expectRefusal { try ClientConfiguration(yaml: "\(yaml)token: \"\(quoted)\"\n", directory: "/") }
    }

    @Test func aMissingFileIsNamed() throws {
        let error = try #require(throws: ClientError.self) { try ClientConfiguration(path: "/nowhere/client.yaml") }
        #expect(error.exitCode == 2)
        #expect(error.message.contains("/nowhere/client.yaml"))
    }
}
