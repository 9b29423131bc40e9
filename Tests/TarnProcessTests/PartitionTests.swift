import Foundation
import Testing

/// Links that are cut between nodes that live: by the project's own proxy, and by the kernel.
@Suite(.serialized, .timeLimit(.minutes(8)))
struct PartitionTests {
    private static let isLong = ProcessInfo.processInfo.environment["TARN_LONG"] == "1"

    @Test func `without a link between them, the standby stays current through the observer`() throws {
        let (cluster, network) = try ProcessNetwork.startCluster()
        defer {
            cluster.stop()
            network.stop()
        }
        try cluster.put("before", at: "/workspace/main/0.txt")
        try cluster.converge()
        let view = try Self.view(cluster)
        try network.order("cut dc1 dc2")
        try network.order("cut dc2 dc1")
        for index in 1...5 {
            try cluster.put("text \(index)", at: "/workspace/main/\(index).txt")
            #expect(try Self.arrives("text \(index)", at: "/workspace/main/\(index).txt", "dc2", cluster))
        }
        // Larger than what travels beside its entry: the blobs have to be fetched from whoever can be reached.
        let large = String(repeating: "0123456789abcdef", count: 200_000)
        try cluster.put(large, at: "/workspace/main/large.txt")
        #expect(try Self.arrives(large, at: "/workspace/main/large.txt", "dc2", cluster))
        #expect(try Self.view(cluster) == view, "a cut link is no reason for another primary")
        #expect(try cluster.primary() == "dc1")
        try network.order("heal")
        try cluster.converge()
        #expect(try Self.view(cluster) == view)
    }

    /// A partition, and who may lead while it lasts; nil when nobody can.
    struct Shape: CustomTestStringConvertible {
        let name: String
        let isShort: Bool
        let primaries: Set<String>
        let apply: @Sendable (NamespaceNetwork) throws -> Void

        var testDescription: String { self.name }
    }

    static let shapes = [
        Shape(name: "dc1 and dc2 apart", isShort: true, primaries: ["dc1"]) { try $0.part("dc1", "dc2") },
        Shape(name: "dc1 does not reach dc2", isShort: false, primaries: ["dc1"]) { try $0.cut("dc1", "dc2") },
        Shape(name: "dc2 does not reach dc1", isShort: false, primaries: ["dc1"]) { try $0.cut("dc2", "dc1") },
        Shape(name: "dc1 and dc3 apart", isShort: false, primaries: ["dc1", "dc2"]) { try $0.part("dc1", "dc3") },
        Shape(name: "dc1 alone", isShort: true, primaries: ["dc2"]) { try $0.isolate("dc1") },
        Shape(name: "dc2 alone", isShort: false, primaries: ["dc1"]) { try $0.isolate("dc2") },
        Shape(name: "dc3 alone", isShort: false, primaries: ["dc1"]) { try $0.isolate("dc3") },
        Shape(name: "dc1 speaks and does not hear", isShort: true, primaries: ["dc2"]) {
            try $0.cut("dc2", "dc1")
            try $0.cut("dc3", "dc1")
        },
        Shape(name: "dc1 hears and does not speak", isShort: false, primaries: ["dc2"]) {
            try $0.cut("dc1", "dc2")
            try $0.cut("dc1", "dc3")
        },
        Shape(name: "everybody alone", isShort: true, primaries: []) {
            try $0.isolate("dc1")
            try $0.isolate("dc2")
        },
    ]

    @Test(
        .enabled(if: NamespaceNetwork.isPossible, "needs root, and namespaces"),
        arguments: Self.shapes.filter { Self.isLong || $0.isShort }
    )
    func `a partition of the network leaves those who can go on, and loses nothing`(shape: Shape) throws {
        let network = try NamespaceNetwork()
        let cluster = try ProcessCluster(network: network)
        defer {
            cluster.stop()
            network.stop()
        }
        for name in ProcessCluster.names { try cluster.start(name) }
        try cluster.put("before", at: "/workspace/main/a.txt")
        try cluster.converge()
        try shape.apply(network)
        var expected = ["before"]
        if shape.primaries.isEmpty {
            // Refused, or left open: it may be found afterwards.
            let result = try cluster.tryToPut("during", at: "/workspace/main/a.txt")
            #expect(result.status != 0)
            expected.append("during")
        } else {
            try cluster.put("during", at: "/workspace/main/a.txt")
            expected = ["during"]
            let seen = try ProcessCluster.names.compactMap { name in
                let result = try cluster.tarn(["cat", "/workspace/main/a.txt", "--dc", name, "--read", "bounded:1000"])
                return result.status == 0 ? result.output : nil
            }
            #expect(!seen.isEmpty && seen.allSatisfy { $0 == "during" }, "within the bound: \(seen)")
            let leading = try shape.primaries.contains { name in
                let status = try cluster.tarn(["status", "--json", "--dc", name])
                return status.output.contains("\"primary\":\"\(name)\"")
            }
            #expect(leading, "one of \(shape.primaries) leads")
        }
        try network.heal()
        try cluster.converge()
        for name in ProcessCluster.names {
            #expect(expected.contains(try cluster.done("cat", "/workspace/main/a.txt", "--dc", name)), "\(name)")
            try cluster.done("verify", "--dc", name)
        }
        try cluster.put("after", at: "/workspace/main/a.txt")
    }

    /// Whether one datacentre has the content within some seconds.
    private static func arrives(
        _ text: String,
        at path: String,
        _ name: String,
        _ cluster: ProcessCluster
    ) throws -> Bool {
        try Polling.holds(within: 15, every: Polling.questionSeconds) {
            let result = try cluster.tarn(["cat", path, "--dc", name, "--read", "local"])
            return result.status == 0 && result.output == text
        }
    }

    /// The newest view that anybody is in.
    private static func view(_ cluster: ProcessCluster) throws -> Int {
        let status = try cluster.done("status", "--json")
        let json = try JSONSerialization.jsonObject(with: Data(status.utf8)) as? [String: Any]
        return ((json?["datacenters"] as? [[String: Any]]) ?? []).compactMap { $0["view"] as? Int }.max() ?? -1
    }
}
