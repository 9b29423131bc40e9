import Foundation
import Glibc
import Testing

/// Nodes as services of systemd: what a unit of `Type=notify` waits for.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct ServiceManagerTests {
    /// A Unix socket that somebody who starts a node listens on.
    private struct NotifySocket: ~Copyable {
        private let descriptor: Int32
        private static let waitSecondsMax = 30

        /// A name that begins with @ is an abstract one.
        init(_ name: String) throws {
            self.descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            let bytes = Array(name.utf8).enumerated().map { $0.offset == 0 && name.hasPrefix("@") ? 0 : $0.element }
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
            let count = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
            let bound = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(self.descriptor, $0, count) }
            }
            try #require(bound == 0, "\(name): \(String(cString: strerror(errno)))")
            var wait = timeval(tv_sec: Self.waitSecondsMax, tv_usec: 0)
            setsockopt(self.descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
        }

        deinit { close(self.descriptor) }

        /// The next datagram, or nil when none comes in time.
        func next() -> String? {
            var bytes = [UInt8](repeating: 0, count: 256)
            let count = recv(self.descriptor, &bytes, bytes.count, 0)
            return count < 0 ? nil : String(decoding: bytes.prefix(count), as: UTF8.self)
        }
    }

    @Test(arguments: [false, true])
    func `who started a node is told once it serves`(isAbstract: Bool) throws {
        let cluster = try ProcessCluster(count: 1)
        defer { cluster.stop() }
        let path = cluster.directory.appendingPathComponent("notify").path
        let name = isAbstract ? "@tarn\(path)" : path
        let manager = try NotifySocket(name)
        try cluster.launch("dc1", environment: ["NOTIFY_SOCKET": name])
        #expect(manager.next() == "READY=1")
        try cluster.done("status")
    }

    @Test func `a node serves although who started it cannot be told`() throws {
        let cluster = try ProcessCluster(count: 1)
        defer { cluster.stop() }
        let path = cluster.directory.appendingPathComponent("nobody").path
        try cluster.launch("dc1", environment: ["NOTIFY_SOCKET": path])
        try cluster.waitForLog("dc1", "the service manager was not told", seconds: 30)
        try cluster.done("status")
    }
}
