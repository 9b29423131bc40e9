internal import TarnCore
internal import TarnNode

/// How the dashboard writes figures, times and addresses of its own pages.
enum DashboardFormat {
    /// `1.5 MiB`
    static func bytes(_ count: UInt64) -> String {
        var value = Double(count)
        var unit = 0
        let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]
        while value >= 1_024, unit < units.count - 1 {
            value /= 1_024
            unit += 1
        }
        if unit == 0 { return "\(count) B" }
        return "\(self.fraction(value)) \(units[unit])"
    }

    /// `12,345`
    static func count(_ value: some BinaryInteger) -> String {
        var out = ""
        for (index, digit) in String(value).reversed().enumerated() {
            if index > 0, index.isMultiple(of: 3), digit != "-" { out.append(",") }
            out.append(digit)
        }
        return String(out.reversed())
    }

    /// `2026-11-21 03:04:05`, in UTC.
    static func time(_ microseconds: UInt64) -> String {
        let text = Timestamp(microseconds: microseconds).description
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(8))"
    }

    /// `12.3 ms`
    static func milliseconds(_ value: Double) -> String { "\(self.fraction(value)) ms" }

    /// The first digits of a hash.
    static func short(_ digest: Digest) -> String { String(digest.hex.prefix(12)) }

    /// The address of the page `route` about `path`.
    static func link(_ route: StaticString, _ path: NamespacePath, _ query: String = "") -> String {
        "\(route)\(path == .root ? "" : self.encoded(path.utf8, keepsSlashes: true))\(query)"
    }

    /// A value of a query.
    static func encoded(_ value: String) -> String { self.encoded(Array(value.utf8), keepsSlashes: false) }

    private static func encoded(_ bytes: [UInt8], keepsSlashes: Bool) -> String {
        var out = ""
        for byte in bytes {
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x7e: out.unicodeScalars.append(.init(byte))
            case 0x2f where keepsSlashes: out += "/"
            default: out += "%" + Hex.encode([byte])
            }
        }
        return out
    }

    private static func fraction(_ value: Double) -> String {
        let tenths = (value * 10).rounded() / 10
        // Figures come out of documents, too: whatever number stands there must not end the process.
        return Int(exactly: tenths).map { String($0) } ?? "\(tenths)"
    }
}
