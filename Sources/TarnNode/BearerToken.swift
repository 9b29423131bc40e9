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
        let parts = text.split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "tarn", Self.isID(parts[1]), let secret = Hex.decode(parts[2].utf8),
            secret.count == 32
        else { return nil }
        self.init(id: String(parts[1]), secret: secret)
    }

    package var text: String { "tarn_\(self.id)_\(Hex.encode(self.secret))" }
    package var hash: Digest { SHA256.digest(self.secret) }

    private static func isID(_ text: Substring) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d
            }
    }
}
