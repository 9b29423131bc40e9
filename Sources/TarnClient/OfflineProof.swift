package import TarnCore
internal import TarnCrypto
internal import TarnMerkle

/// A proof as `tarn prove` prints it, checked with nothing but itself and a root that the reader trusts.
package struct OfflineProof: Sendable {
    package enum Verdict: Hashable, Sendable {
        /// The root covers this entry at the path.
        case included(Entry)
        /// The root covers nothing at the path.
        case absent
        /// Why the proof shows nothing.
        case invalid(String)
    }

    package let path: NamespacePath
    /// What the document claims beside the proof itself; not covered by it until ``verify(root:)`` says so.
    package let claimedRoot: Digest?
    package let claimedOp: Op?
    private let proof: MerkleProof

    /// Reads the document that `GET /v1/proofs/<path>` answers. Throws ``ClientError`` with code `failed`.
    package init(json bytes: [UInt8]) throws(ClientError) {
        do {
            let document = try JSONValue(parsing: bytes)
            guard let path = document["path"]?.string, let hex = document["proof"]?.string,
                let encoded = Hex.decode(hex.utf8)
            else { throw JSONError("members 'path' and 'proof' (hex) are expected", at: 0) }
            self.path = try NamespacePath(path)
            self.proof = try MerkleProof(decoding: encoded)
            self.claimedRoot = document["root"]?.string.flatMap { Digest(hex: $0) }
            self.claimedOp = document["op"]?.unsigned.map { Op($0) }
        } catch {
            throw ClientError(.failed, "this is no proof: \(error)")
        }
    }

    /// What the proof shows about its path in the state with `root`.
    package func verify(root: Digest) -> Verdict {
        switch self.proof.verify(root: root, path: self.path, SHA256.self) {
        case .included(let entry): .included(entry)
        case .absent: .absent
        case .invalid(let reason): .invalid(reason)
        }
    }
}

extension OfflineProof {
    /// What the proof shows, as one JSON object.
    package func json(root: Digest) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("verified")
        var entry: Entry?
        switch self.verify(root: root) {
        case .included(let found):
            writer.boolean(true)
            entry = found
        case .absent: writer.boolean(true)
        case .invalid: writer.boolean(false)
        }
        writer.key("root")
        writer.string(root.hex)
        writer.key("path")
        writer.string(self.path.string)
        writer.key("entry")
        if let entry { writer.raw(ListedEntry(path: self.path, entry: entry).json) } else { writer.null() }
        writer.endObject()
        return writer.text
    }
}
