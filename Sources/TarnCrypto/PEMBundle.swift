/// Several certificates in one PEM text.
package enum PEMBundle {
    private static let start = "-----BEGIN CERTIFICATE-----"
    private static let end = "-----END CERTIFICATE-----"

    /// The text of each certificate, in order; what stands between them is dropped.
    package static func certificates(in text: String) -> [String] {
        var out: [String] = []
        var rest = text[...]
        while let start = rest.firstRange(of: Self.start),
            let end = rest[start.upperBound...].firstRange(of: Self.end)
        {
            out.append(rest[start.lowerBound..<end.upperBound] + "\n")
            rest = rest[end.upperBound...]
        }
        return out
    }
}
