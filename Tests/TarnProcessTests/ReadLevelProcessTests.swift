import Foundation
import Glibc
import Testing

/// Reads that say how current they have to be, against real nodes that are paused and cut off.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct ReadLevelProcessTests {
    @Test func `every level is served where it can be, and says what was served`() throws {
        let cluster = try ProcessCluster()
        defer { cluster.stop() }
        for name in ProcessCluster.names { try cluster.start(name) }
        try cluster.put("one", at: Self.path)
        for name in ProcessCluster.names {
            for level in ["linearizable", "bounded:5000", "atLeast:1", "local"] {
                let result = try Self.read(level, name, cluster)
                #expect(result.status == 0, "\(name) \(level): \(result.errors)")
                if level != "local" { #expect(result.output == "one", "\(name) \(level)") }
                #expect(result.errors.contains("tarn: read \(level.prefix { $0 != ":" })"), "\(result.errors)")
            }
        }
        #expect(try Self.read("atLeast:1000000", "dc2", cluster).status == 3)
        #expect(try Self.read("bounded:0", "dc2", cluster).status == 2)
    }

    @Test func `a backup of a paused primary keeps no bound, and the next primary does`() throws {
        let cluster = try ProcessCluster()
        defer { cluster.stop() }
        for name in ProcessCluster.names { try cluster.start(name) }
        try cluster.put("one", at: Self.path)
        try cluster.converge()
        #expect(try Self.read("bounded:2000", "dc3", cluster).output == "one")
        cluster.signal("dc1", SIGSTOP)
        // Whoever acknowledges anything now is the next primary, of which a read within the bound has to know.
        try cluster.put("two", at: Self.path)
        let result = try Self.read("bounded:2000", "dc3", cluster)
        #expect(result.status == 0 && result.output == "two", "\(result.errors)")
        cluster.signal("dc1", SIGCONT)
        // The old primary answers at once, with what it had: never within a bound that it cannot prove.
        for _ in 0..<20 {
            let result = try Self.read("bounded:500", "dc1", cluster)
            #expect(result.status != 0 || result.output == "two", "\(result.errors)")
        }
        try cluster.converge()
        #expect(try Self.read("bounded:2000", "dc1", cluster).output == "two")
    }

    @Test func `an isolated standby refuses bounds and serves what it has, with its age`() throws {
        let (cluster, network) = try ProcessNetwork.startCluster()
        defer {
            cluster.stop()
            network.stop()
        }
        try cluster.put("one", at: Self.path)
        try cluster.converge()
        // Without a proof from before, the age of what it has would be unknown.
        #expect(try Self.read("bounded:2000", "dc2", cluster).output == "one")
        try network.order("isolate dc2")
        try cluster.put("two", at: Self.path)
        let refused = try Self.read("bounded:200", "dc2", cluster)
        #expect(refused.status == 3)
        #expect(refused.errors.contains("bounded(200) cannot be kept"), "\(refused.errors)")
        // It does not lead and cannot ask its peers; a client that it sends on to the primary gets the newest.
        let newest = try Self.read("linearizable", "dc2", cluster)
        #expect(newest.status != 0 || newest.output == "two", "\(newest.output)")
        let local = try Self.read("local", "dc2", cluster)
        #expect(local.output == "one")
        let age = try #require(local.errors.firstMatch(of: /at most ([0-9]+) ms old/))
        #expect(try #require(Int(age.1)) >= 200, "\(local.errors)")
        #expect(try Self.read("bounded:2000", "dc3", cluster).output == "two")
        try network.order("heal")
        try cluster.converge()
        #expect(try Self.read("bounded:2000", "dc2", cluster).output == "two")
    }

    private static let path = "/workspace/main/a.txt"

    private static func read(
        _ level: String,
        _ name: String,
        _ cluster: ProcessCluster
    ) throws -> ProcessCluster.Result {
        try cluster.tarn(["cat", Self.path, "--dc", name, "--read", level])
    }
}
