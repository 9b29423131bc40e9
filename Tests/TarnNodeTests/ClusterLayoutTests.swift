import Foundation
import TarnCore
import Testing

@testable import TarnNode

struct ClusterLayoutTests {
    private static let now: UInt64 = 1_790_000_000_000_000

    private static func place(_ text: String) throws -> ClusterLayout.Datacenter {
        try ClusterLayout.Datacenter(argument: text)
    }

    /// A folder that is deleted after `body`.
    private static func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tarn-layout-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.path)
    }

    @Test func `no datacentre has the folder of the authority, and a folder that cannot be made is named`() throws {
        try Self.withFolder { folder in
            let authority = try Self.place("ca=10.0.0.1:7100,10.0.0.1:8100")
            #expect(throws: ConfigurationError.self) {
                try ClusterLayout.create(directory: folder, datacenters: [authority], createdAtMicroseconds: Self.now)
            }
            #expect(!FileManager.default.fileExists(atPath: folder))
        }
        let place = try Self.place("dc1=10.0.0.1:7100,10.0.0.1:8100")
        let error = #expect(throws: ConfigurationError.self) {
            try ClusterLayout.create(directory: "/proc/x1", datacenters: [place], createdAtMicroseconds: Self.now)
        }
        #expect(error?.message == "cannot make the folder /proc/x1/ca: No such file or directory")
    }

    @Test(arguments: [
        ["dc2=10.0.0.1:7100,10.0.0.2:8100", "dc3=10.0.0.3:7100,10.0.0.3:8100"],
        ["dc2=10.0.0.2:7100,10.0.0.2:8100", "dc3=10.0.0.2:7100,10.0.0.3:8100"],
        ["dc2=10.0.0.2:7100,10.0.0.2:8100", "dc3=10.0.0.3:7100,10.0.0.2:8100"],
    ])
    func `nobody joins at an address that is taken, and no folder is made`(arguments: [String]) throws {
        try Self.withFolder { folder in
            let first = try Self.place("dc1=10.0.0.1:7100,10.0.0.1:8100")
            _ = try ClusterLayout.create(directory: folder, datacenters: [first], createdAtMicroseconds: Self.now)
            let newcomers = try arguments.map { try ClusterLayout.Newcomer(Self.place($0)) }
            let before = MemberAddress(datacenter: first.name, peer: "10.0.0.1:7100", api: "https://10.0.0.1:8100")
            let genesis = try Genesis(
                decoding: Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/dc1/genesis.bin")))
            )
            #expect(throws: ConfigurationError.self) {
                try ClusterLayout.join(
                    directory: folder,
                    newcomers: newcomers,
                    membership: Membership(genesis),
                    addresses: [before] + newcomers.map(\.address),
                    nowMicroseconds: Self.now + 1_000_000
                )
            }
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/dc2"))
        }
    }
}
