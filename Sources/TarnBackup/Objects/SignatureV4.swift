internal import TarnCore
internal import TarnCrypto

/// AWS Signature Version 4 for S3, in headers: shows who asks, and that nobody altered the request.
struct SignatureV4: Sendable {
    let credentials: S3Credentials
    /// Microseconds since 1970.
    let now: UInt64

    /// The headers that a request needs beside its own. `path` and `query` are not encoded yet; `payload` is the
    /// SHA-256 of the body.
    func headers(
        method: String,
        path: String,
        query: [(name: String, value: String)],
        payload: Digest
    ) -> [(name: String, value: String)] {
        let date = Self.date(self.now)
        var signed: [(name: String, value: String)] = [
            ("host", self.credentials.host), ("x-amz-content-sha256", payload.hex), ("x-amz-date", date),
        ]
        if let token = self.credentials.sessionToken { signed.append(("x-amz-security-token", token)) }
        let names = signed.map(\.name).joined(separator: ";")
        let canonical = [
            method, Self.encode(path, keepsSlash: true), Self.canonical(query),
            signed.map { "\($0.name):\($0.value)\n" }.joined(), names, payload.hex,
        ].joined(separator: "\n")
        let day = String(date.prefix(8))
        let scope = "\(day)/\(self.credentials.region)/s3/aws4_request"
        let text = "AWS4-HMAC-SHA256\n\(date)\n\(scope)\n\(SHA256.digest(Array(canonical.utf8)).hex)"
        var key = Array("AWS4\(self.credentials.secretKey)".utf8)
        for part in [day, self.credentials.region, "s3", "aws4_request"] { key = Self.code(part, key) }
        let signature = Hex.encode(Self.code(text, key))
        let who = "Credential=\(self.credentials.accessKey)/\(scope)"
        let authorization = "AWS4-HMAC-SHA256 \(who), SignedHeaders=\(names), Signature=\(signature)"
        // The client names the host by itself.
        return signed.dropFirst() + [("authorization", authorization)]
    }

    /// The query as it is signed and sent: encoded, in order of names.
    static func canonical(_ query: [(name: String, value: String)]) -> String {
        query.map { (self.encode($0.name, keepsSlash: false), self.encode($0.value, keepsSlash: false)) }
            .sorted { $0 < $1 }
            .map { "\($0.0)=\($0.1)" }
            .joined(separator: "&")
    }

    /// Percent-encodes all but the unreserved characters of RFC 3986.
    static func encode(_ text: String, keepsSlash: Bool) -> String {
        var out = ""
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x7e:
                out.unicodeScalars.append(Unicode.Scalar(byte))
            case 0x2f where keepsSlash: out += "/"
            default: out += "%" + Hex.encode([byte]).uppercased()
            }
        }
        return out
    }

    /// `20261121T143000Z`
    static func date(_ microseconds: UInt64) -> String {
        let text = Timestamp(microseconds: microseconds).description
        return text.prefix(19).filter { $0 != "-" && $0 != ":" } + "Z"
    }

    private static func code(_ message: String, _ key: [UInt8]) -> [UInt8] {
        // A key that is longer than a block of the hash stands for its digest (RFC 2104).
        let key = key.count > 64 ? SHA256.digest(key).bytes : key
        return MessageAuthentication.code(of: Array(message.utf8), key: key).bytes
    }
}
