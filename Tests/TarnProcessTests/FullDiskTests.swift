import Foundation
import Glibc
import Testing

/// A disk that fills up for real: a file system in memory of a fixed size under the data folder, which only root can
/// mount.
@Suite(.serialized, .timeLimit(.minutes(5)), .enabled(if: geteuid() == 0, "mounting a file system needs root"))
struct FullDiskTests {
    /// Above the reserve of 256 MiB that a node keeps free, by less than what the test writes.
    private static let diskMegabytes = 400
    private static let ballastMegabytes = 110
    private static let fileMegabytes = 20

    @Test func `a node whose disk is full turns read-only, says so, and recovers when there is space`() throws {
        let cluster = try ProcessCluster(count: 1)
        defer { cluster.stop() }
        let data = cluster.nodeDirectory("dc1").appendingPathComponent("data").path
        try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
        let options = "size=\(Self.diskMegabytes)m"
        guard mount("tarn-test", data, "tmpfs", 0, options) == 0 else {
            // A container without the capability: nothing can be said about a full disk there.
            try #require([EPERM, EACCES].contains(errno), "mount: \(String(cString: strerror(errno)))")
            return
        }
        defer {
            cluster.kill("dc1")
            umount2(data, Int32(MNT_DETACH))
        }
        let ballast = data + "/ballast"
        try Self.write(megabytes: Self.ballastMegabytes, to: ballast)
        try cluster.start("dc1")
        var acknowledged: [(path: String, file: String)] = []
        var refusal = ""
        for index in 0..<10 {
            let path = "/volumes/main/default/files/\(index)"
            let file = cluster.directory.appendingPathComponent("large-\(index)").path
            try Self.write(megabytes: Self.fileMegabytes, to: file)
            let result = try cluster.tarn(["put", file, path])
            guard result.status == 0 else {
                refusal = result.errors
                break
            }
            acknowledged.append((path, file))
        }
        #expect(!acknowledged.isEmpty)
        #expect(refusal.contains("full"), "\(refusal)")
        // What does not fit is refused before the disk is full; with the rest gone, so is everything.
        let rest = data + "/rest"
        try Self.write(megabytes: Self.fileMegabytes, to: rest)
        let small = cluster.directory.appendingPathComponent("small").path
        try Data("small".utf8).write(to: URL(fileURLWithPath: small))
        let refused = try cluster.tarn(["put", small, "/volumes/main/default/files/small"])
        #expect(refused.status == 3)
        #expect(refused.errors.contains("read-only") && refused.errors.contains("full"), "\(refused.errors)")
        #expect(try cluster.done("status").contains("is full"))
        let read = cluster.directory.appendingPathComponent("read").path
        for (path, file) in acknowledged {
            try cluster.done("get", path, read)
            #expect(FileManager.default.contentsEqual(atPath: read, andPath: file))
            try FileManager.default.removeItem(atPath: read)
        }

        for path in [ballast, rest] { try FileManager.default.removeItem(atPath: path) }
        let deadline = Date().addingTimeInterval(30)
        var status: Int32 = -1
        let file = try #require(acknowledged.last?.file)
        while status != 0, Date() < deadline {
            status = try cluster.tarn(["put", file, "/volumes/main/default/files/after"]).status
        }
        #expect(status == 0)
        #expect(try !cluster.done("status").contains("is full"))
        try cluster.done("verify", "--dc", "dc1")
    }

    /// Bytes that do not compress.
    private static func write(megabytes: Int, to path: String) throws {
        let random = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/dev/urandom"))
        defer { try? random.close() }
        let bytes = try #require(try random.read(upToCount: megabytes << 20))
        try bytes.write(to: URL(fileURLWithPath: path))
    }
}
