internal import Synchronization
internal import TarnBlobStore
internal import TarnCore
internal import TarnCrypto
internal import TarnMerkle

/// Tells who a bearer token stands for: the admin token of the genesis, another node, or a document under `/meta/token`
/// in the committed state.
final class Authenticator: Sendable {
    private static let cachedDocumentsMax = 1_024

    private let adminTokenHash: Digest
    private let credential: NodeCredential
    private let state: CommittedState
    private let store: BlobStore
    /// Token documents by their content, which never changes under its address; a revoked token's path is gone, so its
    /// document is never looked up again.
    private let documents: Mutex<[BlobAddress: TokenDocument]> = Mutex([:])

    init(adminTokenHash: Digest, credential: NodeCredential, state: CommittedState, store: BlobStore) {
        self.adminTokenHash = adminTokenHash
        self.credential = credential
        self.state = state
        self.store = store
    }

    /// Nil for a token that is malformed, unknown, expired or revoked.
    func authenticate(_ text: String) async -> Principal? {
        guard let token = BearerToken(text) else { return nil }
        if token.id.hasPrefix(NodeCredential.idPrefix) { return self.credential.principal(of: token) }
        let now = WallClock.microseconds()
        let hash = token.hash
        guard let entry = self.entry(id: token.id) else {
            guard token.id == BearerToken.adminID, Self.isEqual(hash, self.adminTokenHash) else { return nil }
            return Self.genesisAdmin
        }
        guard let document = await self.document(entry.content) else { return nil }
        // Every hash is compared, so that the delay does not tell which one came near.
        let matches = document.hashes(at: now).map { Self.isEqual(hash, $0) }
        return matches.contains(true) ? document.principal(at: now) : nil
    }

    /// The bearer of the token with this id, for who has proved elsewhere to know its secret, at `microseconds` since
    /// 1970; nil also when that secret has been replaced since, and its grace is over.
    func principal(ofTokenID id: String, secretShownAt microseconds: UInt64) async -> Principal? {
        guard let entry = self.entry(id: id) else { return id == BearerToken.adminID ? Self.genesisAdmin : nil }
        let now = WallClock.microseconds()
        guard let document = await self.document(entry.content), document.takes(secretShownAt: microseconds, at: now)
        else { return nil }
        return document.principal(at: now)
    }

    private static let genesisAdmin = Principal(
        name: BearerToken.adminID,
        scope: .admin,
        paths: [],
        tokenID: BearerToken.adminID
    )

    /// What stands at the token's path. The admin token of the genesis gets a document when it is rotated.
    private func entry(id: String) -> Entry? {
        (try? TokenDocument.path(id: id)).flatMap { self.state.newest.tree[$0] }
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
