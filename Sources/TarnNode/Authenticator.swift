internal import Synchronization
internal import TarnBlobStore
internal import TarnCore
internal import TarnCrypto
internal import TarnMerkle

/// Tells who a bearer token stands for: the admin token of the genesis, or a document under `/meta/token` in the
/// committed state.
final class Authenticator: Sendable {
    private static let cachedDocumentsMax = 1_024

    private let adminTokenHash: Digest
    private let state: CommittedState
    private let store: BlobStore
    /// Token documents by their content, which never changes under its address; a revoked token's path is gone, so its
    /// document is never looked up again.
    private let documents: Mutex<[BlobAddress: TokenDocument]> = Mutex([:])

    init(adminTokenHash: Digest, state: CommittedState, store: BlobStore) {
        self.adminTokenHash = adminTokenHash
        self.state = state
        self.store = store
    }

    /// Nil for a token that is malformed, unknown or revoked.
    func authenticate(_ text: String) async -> Principal? {
        guard let token = BearerToken(text) else { return nil }
        let hash = token.hash
        if token.id == BearerToken.adminID {
            guard Self.isEqual(hash, self.adminTokenHash) else { return nil }
            return Principal(name: BearerToken.adminID, scope: .admin, paths: [])
        }
        guard let path = try? TokenDocument.path(id: token.id), let entry = self.state.newest.tree[path],
            let document = await self.document(entry.content), let expected = Digest(hex: document.sha256),
            Self.isEqual(hash, expected)
        else { return nil }
        return document.principal
    }

    private func document(_ address: BlobAddress) async -> TokenDocument? {
        if let cached = self.documents.withLock({ $0[address] }) { return cached }
        guard let bytes = try? await self.store.read(address), let document = try? TokenDocument(json: bytes) else {
            return nil
        }
        self.documents.withLock { documents in
            if documents.count >= Self.cachedDocumentsMax { documents.removeAll() }
            documents[address] = document
        }
        return document
    }

    /// Compares in constant time, so that an answer's delay tells nothing about the hash.
    private static func isEqual(_ left: Digest, _ right: Digest) -> Bool {
        let difference =
            (left.word0 ^ right.word0) | (left.word1 ^ right.word1) | (left.word2 ^ right.word2)
            | (left.word3 ^ right.word3)
        return difference == 0
    }
}
