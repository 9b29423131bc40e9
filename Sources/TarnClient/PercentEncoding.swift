package import TarnCore

/// Spells paths and values so that they may stand in a URL (RFC 3986): every byte that is not unreserved becomes `%XX`.
package enum PercentEncoding {
    private static let digits: [UInt8] = Array("0123456789ABCDEF".utf8)

    /// A namespace path with its slashes: each component is encoded by itself.
    package static func path(_ path: NamespacePath) -> String {
        self.encode(path.utf8, keepingSlash: true)
    }

    /// One component of a path, or a name or value of a query.
    package static func component(_ text: String) -> String {
        self.encode(Array(text.utf8), keepingSlash: false)
    }

    /// `route` and `path`, then the pairs that have a value as the query.
    package static func target(
        _ route: String,
        _ path: NamespacePath? = nil,
        query: [(name: String, value: String?)] = []
    ) -> String {
        var out = route
        // The root's own slash stays: it is what ends `/v1/namespace/`.
        if let path { out += self.path(path) }
        var separator = "?"
        for (name, value) in query {
            guard let value else { continue }
            out += "\(separator)\(name)=\(self.component(value))"
            separator = "&"
        }
        return out
    }

    private static func encode(_ bytes: [UInt8], keepingSlash: Bool) -> String {
        String(unsafeUninitializedCapacity: bytes.count * 3) { buffer in
            var count = 0
            for byte in bytes {
                if self.isUnreserved(byte) || (keepingSlash && byte == 0x2f) {
                    buffer[count] = byte
                    count += 1
                } else {
                    buffer[count] = 0x25
                    buffer[count + 1] = self.digits[Int(byte >> 4)]
                    buffer[count + 2] = self.digits[Int(byte & 15)]
                    count += 3
                }
            }
            return count
        }
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x61...0x7a, 0x41...0x5a, 0x30...0x39, 0x2d, 0x2e, 0x5f, 0x7e: true
        default: false
        }
    }
}
