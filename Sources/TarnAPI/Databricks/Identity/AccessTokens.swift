internal import TarnCore
internal import TarnCrypto
internal import TarnNode

/// OAuth access tokens: they name a token document and a time to end, and are genuine under the cluster's key, so that
/// every datacentre knows one without having seen it made.
///
/// `tarnoauth.<payload>.<mac>`; the payload is `<expiry in seconds>.<id of the token document>`. Revoking the document
/// ends all access tokens that were made from it, and replacing its secret ends those that were made before.
struct AccessTokens: Sendable {
    static let prefix = "tarnoauth."
    static let lifetimeSeconds: UInt64 = 3_600
    private static let purpose = "oauth access token"

    let node: any NodeService
    let secretBox: SecretBox

    /// A token for who holds the secret of the token document `id`.
    func make(forTokenID id: String) -> String {
        // Rounded up: one that is made right behind a rotation must not seem to have been made before it.
        let expiry = WallClock.microseconds() / 1_000_000 + 1 + Self.lifetimeSeconds
        let payload = Array("\(expiry).\(id)".utf8)
        let mac = self.secretBox.authenticate(payload, purpose: Self.purpose)
        return "\(Self.prefix)\(Base64.encodeForURL(payload)).\(Base64.encodeForURL(mac))"
    }

    /// Who the bearer of `text` is; nil for a token that is not genuine, has expired, or whose document is gone or has
    /// another secret by now.
    func principal(of text: String) async -> Principal? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard text.hasPrefix(Self.prefix), parts.count == 3, let payload = Base64.decode(String(parts[1])),
            let mac = Base64.decode(String(parts[2])),
            ConstantTime.isEqual(mac, self.secretBox.authenticate(payload, purpose: Self.purpose))
        else { return nil }
        let fields = String(decoding: payload, as: UTF8.self).split(separator: ".", maxSplits: 1)
        guard fields.count == 2, let expiry = UInt64(fields[0]), WallClock.microseconds() / 1_000_000 < expiry else {
            return nil
        }
        let madeAt = expiry - min(expiry, Self.lifetimeSeconds)
        return await self.node.principal(ofTokenID: String(fields[1]), secretShownAt: madeAt * 1_000_000)
    }
}
