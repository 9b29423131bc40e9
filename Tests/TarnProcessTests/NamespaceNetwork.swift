import Foundation
import Synchronization

/// A network namespace for each datacentre, joined by a bridge: what is cut here the kernel drops, whatever the nodes
/// do.
final class NamespaceNetwork: Sendable {
    /// Whether this machine lets tests make namespaces, links and routes that drop.
    static let isPossible: Bool = {
        guard getuid() == 0, FileManager.default.isExecutableFile(atPath: NamespaceNetwork.program),
            let network = try? NamespaceNetwork()
        else { return false }
        defer { network.stop() }
        return (try? network.cut("dc1", "dc2")) != nil
    }()

    /// Whether the kernel can be told by rules what to drop.
    static let hasRules = FileManager.default.isExecutableFile(atPath: "/usr/sbin/nft")

    private static let program = "/usr/sbin/ip"
    private let prefix: String
    private let subnet: String
    /// Directions that are cut.
    private let cuts: Mutex<Set<[String]>> = Mutex([])

    init() throws {
        self.prefix = "tarn\(String(UInt16.random(in: 0x1000...0xffff), radix: 16))"
        self.subnet = "10.\(UInt8.random(in: 64...250)).\(UInt8.random(in: 0...250))"
        do {
            try Self.ip("link", "add", self.prefix, "type", "bridge")
            try Self.ip("addr", "add", "\(self.subnet).254/24", "dev", self.prefix)
            try Self.ip("link", "set", self.prefix, "up")
            for (index, name) in ProcessCluster.names.enumerated() {
                let (space, link) = (self.namespace(name), "\(self.prefix)-\(index)")
                try Self.ip("netns", "add", space)
                try Self.ip("link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", space)
                try Self.ip("link", "set", link, "master", self.prefix, "up")
                try Self.ip("-n", space, "addr", "add", "\(self.address(name))/24", "dev", "eth0")
                try Self.ip("-n", space, "link", "set", "eth0", "up")
                try Self.ip("-n", space, "link", "set", "lo", "up")
            }
        } catch {
            self.stop()
            throw error
        }
    }

    func namespace(_ name: String) -> String { "\(self.prefix)-\(name)" }

    func address(_ name: String) -> String {
        "\(self.subnet).\((ProcessCluster.names.firstIndex(of: name) ?? 0) + 1)"
    }

    /// Nothing goes from `from` to `to` any more; the other direction is as it was.
    func cut(_ from: String, _ to: String) throws {
        guard self.cuts.withLock({ $0.insert([from, to]).inserted }) else { return }
        try Self.ip("-n", self.namespace(from), "route", "add", "blackhole", "\(self.address(to))/32")
    }

    /// Nothing goes between the two.
    func part(_ one: String, _ other: String) throws {
        try self.cut(one, other)
        try self.cut(other, one)
    }

    func isolate(_ name: String) throws {
        for other in ProcessCluster.names where other != name { try self.part(name, other) }
    }

    func heal() throws {
        let cuts = self.cuts.withLock { cuts in
            defer { cuts = [] }
            return cuts
        }
        for cut in cuts {
            try Self.ip("-n", self.namespace(cut[0]), "route", "del", "blackhole", "\(self.address(cut[1]))/32")
        }
    }

    func stop() {
        for name in ProcessCluster.names { try? Self.ip("netns", "del", self.namespace(name)) }
        try? Self.ip("link", "del", self.prefix)
    }

    private static func ip(_ arguments: String...) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: self.program)
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw ProcessCluster.Failure(description: "ip \(arguments.joined(separator: " "))")
        }
    }
}
