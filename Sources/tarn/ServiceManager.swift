internal import Glibc

/// Whoever started this process and waits to hear that it serves: systemd, for units of `Type=notify`.
///
/// The protocol is one datagram to the Unix socket that the environment names (sd_notify(3)).
struct ServiceManager {
    private let address: [UInt8]

    /// Nobody waits when the environment does not name a socket, or one that no address can hold.
    init?(environment: [String: String]) {
        guard let name = environment["NOTIFY_SOCKET"], let first = name.utf8.first else { return nil }
        guard first == UInt8(ascii: "/") || first == UInt8(ascii: "@") else { return nil }
        // A name that begins with @ is no path: the kernel writes it with a leading zero.
        self.address = first == UInt8(ascii: "@") ? [0] + name.utf8.dropFirst() : Array(name.utf8)
        guard self.address.count < MemoryLayout.size(ofValue: sockaddr_un().sun_path) else { return nil }
    }

    /// Says that this process serves. False when that could not be said: `errno` has the reason.
    func notifyReady() -> Bool {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var target = sockaddr_un()
        target.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &target.sun_path) { $0.copyBytes(from: self.address) }
        // The length counts: zeros after the name would be a part of an abstract one.
        let count = MemoryLayout<sockaddr_un>.offset(of: \.sun_path).map { $0 + self.address.count } ?? 0
        let message = Array("READY=1".utf8)
        let sent = withUnsafePointer(to: &target) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, message, message.count, Int32(MSG_NOSIGNAL), $0, socklen_t(count))
            }
        }
        return sent == message.count
    }
}
