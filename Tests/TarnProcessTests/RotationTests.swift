import Foundation
import Testing

/// New certificates for a running cluster.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct RotationTests {
    @Test func `certificates are renewed node by node while writes go on`() throws {
        let cluster = try ProcessCluster()
        defer { cluster.stop() }
        for name in ProcessCluster.names { try cluster.start(name) }
        let file = cluster.directory.appendingPathComponent("put.txt")
        try Data("kept".utf8).write(to: file)
        try cluster.done("put", file.path, "/workspace/main/before.txt")
        let folder = cluster.directory.appendingPathComponent("cluster")
        let before = try Self.certificates(cluster)
        let folders = ProcessCluster.names.map { cluster.nodeDirectory($0).path }
        let said = try cluster.tarn(["cluster", "rotate", "--ca", folder.appendingPathComponent("ca").path] + folders)
        #expect(said.status == 0, "\(said.errors)")
        for (index, name) in ProcessCluster.names.enumerated() {
            cluster.terminate(name)
            try cluster.done("put", file.path, "/workspace/main/\(index).txt")
            try cluster.start(name)
            _ = try cluster.converge()
        }
        let after = try Self.certificates(cluster)
        #expect(zip(before, after).allSatisfy { $0 != $1 })
        try cluster.done("put", file.path, "/workspace/main/after.txt")
        _ = try cluster.converge()
        for name in ProcessCluster.names {
            #expect(try cluster.done("cat", "/workspace/main/after.txt", "--dc", name) == "kept")
        }
        let strange = try ProcessCluster()
        defer { strange.stop() }
        let authority = strange.directory.appendingPathComponent("cluster/ca").path
        let refused = try cluster.tarn(["cluster", "rotate", "--ca", authority, folders[0]])
        #expect(refused.status == 2)
        #expect(refused.errors.contains("authority of cluster"))
        #expect(try Self.certificates(cluster) == after)
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
