/// Where to listen or connect.
package struct HTTP2Address: Hashable, Sendable, CustomStringConvertible {
    /// A name or an IP address.
    package let host: String
    /// 0 asks the system for a free port.
    package let port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    package var description: String {
        self.host.contains(":") ? "[\(self.host)]:\(self.port)" : "\(self.host):\(self.port)"
    }
}
