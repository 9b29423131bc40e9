internal import TarnCore
package import TarnCrypto

/// The key under which the keys of segments are kept: 32 bytes that stand in a file or in the environment, never in the
/// data folder.
package struct StorageKey: Hashable, Sendable {
    let bytes: [UInt8]

    /// `text` is 64 hex digits, with or without white space around them. Throws ``CryptoError`` `invalidKey`.
    package init(hex text: String) throws(CryptoError) {
        let trimmed = text.utf8.filter { $0 > 0x20 }
        guard let digest = Digest(hex: String(decoding: trimmed, as: UTF8.self)) else {
            throw CryptoError(.invalidKey, "not a key: 64 hex digits are expected")
        }
        self.bytes = Array(digest.bytes)
    }

    /// Eight bytes that tell keys apart without telling anything of them.
    var identifier: [UInt8] { Array(Checksums.digest(Array("tarn storage key".utf8) + self.bytes).bytes.prefix(8)) }
}
