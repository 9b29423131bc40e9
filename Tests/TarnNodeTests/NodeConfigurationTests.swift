import TarnBlobStore
import TarnCore
import Testing

@testable import TarnNode

struct NodeConfigurationTests {
    private static let sound = """
        cluster: "000102030405060708090a0b0c0d0e0f"
        datacenter: dc2
        data: data
        keys: /etc/tarn/keys
        genesis: genesis.bin
        peer: "127.0.0.1:7102"
        api: "127.0.0.1:8102"
        members:
          - {dc: dc1, peer: "127.0.0.1:7101", api: "http://127.0.0.1:8101"}
          - {dc: dc2, peer: "127.0.0.1:7102", api: "http://127.0.0.1:8102"}
          - {dc: dc3, peer: "127.0.0.1:7103", api: "http://127.0.0.1:8103"}
        """

    @Test func `upkeep has defaults that each key replaces`() throws {
        let plain = try NodeConfiguration(yaml: Self.sound, directory: "/srv/dc2").upkeep
        #expect(plain.scrubDays == 14 && plain.collectHours == 24 && plain.mebibytesPerSecond == 8)
        let yaml = Self.sound + "\nupkeep: {scrub_days: 7, grace_hours: 0}\n"
        let changed = try NodeConfiguration(yaml: yaml, directory: "/srv/dc2").upkeep
        #expect(changed.scrubDays == 7 && changed.rules.graceSeconds == 0 && changed.collectHours == 24)
    }

    @Test func `the file of a new node shows every optional mapping with what holds without it`() throws {
        let places = try (1...3).map {
            try ClusterLayout.Datacenter(argument: "dc\($0)=127.0.0.1:710\($0),127.0.0.1:810\($0)")
        }
        let genesis = try Genesis(
            clusterID: [UInt8](repeating: 1, count: 16),
            boundaryKey: [UInt8](repeating: 2, count: 16),
            members: places.map { Genesis.Member(datacenter: $0.name, publicKey: [UInt8](repeating: 3, count: 32)) },
            policy: .any2,
            createdAtMicroseconds: 1,
            adminTokenHash: .zero
        )
        var yaml = ClusterLayout.nodeYAML(genesis, places[0], all: places)
        for key in ["upkeep", "links", "encryption"] {
            #expect(yaml.contains("\n# \(key): {"))
            yaml = yaml.replacing("\n# \(key): {", with: "\n\(key): {")
        }
        let configuration = try NodeConfiguration(yaml: yaml, directory: "/srv/dc1")
        #expect(configuration.upkeep == UpkeepSettings())
        #expect(configuration.links == LinkSettings())
    }

    @Test func `a key that cannot be had stops the node before it writes anything`() throws {
        #expect(try NodeConfiguration(yaml: Self.sound, directory: "/srv/dc2").storageKey() == nil)
        for encryption in ["{key_file: nowhere.key}", "{key_env: TARN_TEST_NO_SUCH_KEY}", "{key_file: /dev/null}"] {
            let yaml = Self.sound + "\nencryption: \(encryption)\n"
            let configuration = try NodeConfiguration(yaml: yaml, directory: "/srv/dc2")
            #expect(throws: ConfigurationError.self) { try configuration.storageKey() }
        }
    }

    @Test func `paths are relative to the file and options have defaults`() throws {
        let configuration = try NodeConfiguration(yaml: Self.sound, directory: "/srv/dc2")
        #expect(configuration.dataDirectory == "/srv/dc2/data")
        #expect(configuration.keysDirectory == "/etc/tarn/keys")
        #expect(configuration.genesisPath == "/srv/dc2/genesis.bin")
        #expect(configuration.isSearchEnabled)
        #expect(!configuration.isAPITLSEnabled)
        #expect(configuration.members.map(\.datacenter.name) == ["dc1", "dc2", "dc3"])
    }

    @Test(arguments: [
        ("datacenter: dc2", "datacenter: dc9", "dc9"),
        ("datacenter: dc2", "datacenter: DC2", "DC2"),
        ("data: data", "data: data\ncolour: blue", "unknown key 'colour'"),
        ("data: data\n", "", "key 'data' is missing"),
        ("data: data", "data: data\nupkeep: {scrub_dais: 3}", "unknown key 'scrub_dais'"),
        ("data: data", "data: data\nupkeep: {scrub_days: -1}", "from 0 to 3650"),
        ("data: data", "data: data\nupkeep: 3", "not a mapping"),
        ("data: data", "data: data\nencryption: {}", "either 'key_file' or 'key_env'"),
        ("data: data", "data: data\nencryption: {key_file: a, key_env: b}", "either 'key_file' or 'key_env'"),
        ("peer: \"127.0.0.1:7102\"\napi", "peer: \"127.0.0.1:8102\"\napi", "both name 127.0.0.1:8102"),
        ("peer: \"127.0.0.1:7102\"\napi", "peer: \"nowhere\"\napi", "'nowhere' is not host:port"),
        ("api: \"127.0.0.1:8102\"\nmembers", "api: \"10.0.0.1:8102\"\nmembers", "needs TLS"),
        ("{dc: dc3, peer: \"127.0.0.1:7103\"", "{dc: dc3, peer: \"127.0.0.1:7101\"", "same peer address"),
        ("{dc: dc3,", "{dc: dc1,", "same name"),
        ("  - {dc: dc3, peer: \"127.0.0.1:7103\", api: \"http://127.0.0.1:8103\"}", "", "not 2"),
        ("{dc: dc3,", "{dc: dc3, weight: 2,", "unknown key 'weight'"),
        ("cluster:", "cluster: [", "not valid YAML"),
    ])
    func `an error names what is wrong`(part: String, replacement: String, complaint: String) {
        let text = Self.sound.replacing(part, with: replacement)
        #expect(text != Self.sound)
        let error = #expect(throws: (any Error).self) { try NodeConfiguration(yaml: text, directory: "/srv") }
        #expect("\(error.map { "\($0)" } ?? "")".contains(complaint))
    }

    @Test(arguments: [
        ("127.0.0.1:80", "127.0.0.1", 80, true),
        ("[::1]:0", "::1", 0, true),
        ("localhost:8101", "localhost", 8101, true),
        ("example.com:65535", "example.com", 65_535, false),
    ])
    func `addresses are read and written`(text: String, host: String, port: Int, isLoopback: Bool) throws {
        let address = try #require(HostPort(text))
        #expect(address.host == host)
        #expect(address.port == port)
        #expect(address.isLoopback == isLoopback)
        #expect(address.description == text)
    }

    @Test(arguments: ["", ":80", "host", "host:", "host:65536", "host:-1", "::1:80", "host:http"])
    func `what is not an address is refused`(text: String) {
        #expect(HostPort(text) == nil)
    }
}
