package import TarnCore
internal import TarnCrypto

/// The text of a bearer token: `tarn_<id>_<64 hex digits>`, 256 random bits behind the id of its document.
package struct BearerToken: Hashable, Sendable {
    /// The id of the token that `cluster init` makes; its hash stands in the genesis.
    package static let adminID = "admin"

    package let id: String
    package let secret: [UInt8]

    package init(id: String, secret: [UInt8]) {
        self.id = id
        self.secret = secret
    }

    /// Nil when `text` is not a token's.
    package init?(_ text: String) {
        // Every request brings one: the bytes are gone through without making texts of the parts.
        let bytes = Array(text.utf8)
        guard bytes.count > Self.prefix.count, bytes.starts(with: Self.prefix),
            let end = bytes[Self.prefix.count...].firstIndex(of: 0x5f), Self.isID(bytes[Self.prefix.count..<end]),
            bytes.count == end + 1 + 2 * Self.secretBytesCount, let secret = Hex.decode(bytes[(end + 1)...])
        else { return nil }
        self.init(id: String(decoding: bytes[Self.prefix.count..<end], as: UTF8.self), secret: secret)
    }

    private static let prefix = Array("tarn_".utf8)
    private static let secretBytesCount = 32

    package var text: String { "tarn_\(self.id)_\(Hex.encode(self.secret))" }
    package var hash: Digest { SHA256.digest(self.secret) }

    private static func isID(_ text: ArraySlice<UInt8>) -> Bool {
        (1...64).contains(text.count)
            && text.allSatisfy {
                (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d
            }
    }
}
