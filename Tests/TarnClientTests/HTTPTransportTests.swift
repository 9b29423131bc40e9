import Glibc
import Testing

@testable import TarnClient

struct HTTPTransportTests {
    @Test(arguments: ["127.0.0.1", "localhost"])
    func `nothing arrives where nobody listens, by address and by name`(host: String) async throws {
        // Bound and not listening: nobody else gets this port meanwhile.
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        let port = try #require(Self.bind(descriptor))
        let transport = try HTTPTransport(authorityPath: nil)
        let request = TransportRequest(.get, "/v1/status", deadlineMilliseconds: 10_000)
        let failure = await #expect(throws: TransportFailure.self) {
            try await transport.exchange(request, with: "http://\(host):\(port)") { _, _ in }
        }
        try await transport.shutdown()
        #expect(failure?.mayHaveArrived == false)
        let message = failure?.message ?? ""
        #expect(message.contains("cannot connect to http://\(host):\(port): "), "\(message)")
        #expect(message.hasSuffix("onnection refused"), "\(message)")
    }

    /// The port of 127.0.0.1 that the socket was bound to.
    private static func bind(_ descriptor: Int32) -> UInt16? {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                Glibc.bind(descriptor, generic, length) == 0 && getsockname(descriptor, generic, &length) == 0
            }
        }
        return status ? UInt16(bigEndian: address.sin_port) : nil
    }
}
