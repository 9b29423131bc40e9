import Foundation
import Glibc
import Testing

/// New certificates for a running cluster.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct RotationTests {
    @Test func `certificates and then the authority are renewed under nodes that run, while writes go on`() throws {
        let cluster = try ProcessCluster()
        defer { cluster.stop() }
        for name in ProcessCluster.names { try cluster.start(name) }
        let writer = try BackgroundWriter(cluster)
        let folders = ProcessCluster.names.map { cluster.nodeDirectory($0).path }
        let authority = cluster.directory.appendingPathComponent("cluster/ca").path
        let before = try Self.certificates(cluster)
        // The last round without the one before it would leave nodes that trust nobody's certificate.
        try Self.rotate(cluster, ["--new-ca"], authority, folders)
        #expect(try Self.certificates(cluster) == before)
        let early = try cluster.tarn(["cluster", "rotate", "--retire-ca", "--ca", authority] + folders)
        #expect(early.status == 2 && early.errors.contains("rotate it first"), "\(early.errors)")
        try Self.rotate(cluster, [], authority, folders)
        let after = try Self.certificates(cluster)
        #expect(zip(before, after).allSatisfy { $0 != $1 })
        try Self.rotate(cluster, ["--retire-ca"], authority, folders)
        // Who comes back now meets nobody but the new certificates: all connections are made anew.
        for name in ProcessCluster.names {
            cluster.kill(name)
            try cluster.start(name)
            try cluster.converge()
        }
        let (written, failed) = writer.stop()
        #expect(written.count > 10)
        #expect(failed.isEmpty, "\(failed)")
        #expect(try cluster.done("ls", "/workspace/main").split(separator: "\n").count >= written.count)
        #expect(try Self.authorities(cluster).allSatisfy { $0.components(separatedBy: "BEGIN CERTIFICATE").count == 2 })
    }

    @Test func `files that cannot be used are refused, and the node goes on as it was`() throws {
        let cluster = try ProcessCluster()
        defer { cluster.stop() }
        for name in ProcessCluster.names { try cluster.start(name) }
        let strange = try ProcessCluster(count: 1)
        defer { strange.stop() }
        let folder = cluster.nodeDirectory("dc1").path
        let authority = strange.directory.appendingPathComponent("cluster/ca").path
        let refused = try cluster.tarn(["cluster", "rotate", "--ca", authority, folder])
        #expect(refused.status == 2 && refused.errors.contains("authority of cluster"), "\(refused.errors)")
        try Data("no certificate".utf8).write(to: URL(fileURLWithPath: folder + "/keys/node.crt"))
        cluster.signal("dc1", SIGHUP)
        try cluster.waitForLog("dc1", "certificates not renewed")
        try cluster.put("kept", at: "/workspace/main/kept.txt")
        try cluster.converge()
    }

    /// One round of a rotation, taken over by every node without a restart.
    private static func rotate(
        _ cluster: ProcessCluster,
        _ flags: [String],
        _ authority: String,
        _ folders: [String]
    ) throws {
        let said = try cluster.tarn(["cluster", "rotate"] + flags + ["--ca", authority] + folders)
        #expect(said.status == 0, "\(said.errors)")
        for name in ProcessCluster.names {
            let count = cluster.log(name).components(separatedBy: "\"certificates renewed\"").count
            cluster.signal(name, SIGHUP)
            try cluster.waitForLog(name, "\"certificates renewed\"", count: count)
        }
        try cluster.converge()
    }

    private static func authorities(_ cluster: ProcessCluster) throws -> [String] {
        try ProcessCluster.names.map { name in
            try String(contentsOf: cluster.nodeDirectory(name).appendingPathComponent("keys/ca.crt"), encoding: .utf8)
        }
    }

    private static func certificates(_ cluster: ProcessCluster) throws -> [String] {
        try ProcessCluster.names.flatMap { name in
            try ["node.crt", "node.key", "api.crt", "api.key"].map { file in
                let url = cluster.nodeDirectory(name).appendingPathComponent("keys/\(file)")
                return try String(contentsOf: url, encoding: .utf8)
            }
        }
    }
}
