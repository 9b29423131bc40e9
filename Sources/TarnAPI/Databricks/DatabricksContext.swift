internal import Hummingbird
internal import TarnCore
internal import TarnCrypto
internal import TarnNode

/// What the services for Databricks clients stand on: the node, and the cluster's key for what it keeps secret.
struct DatabricksContext: Sendable {
    let node: any NodeService
    /// Nil for a cluster that was made without one: it stores no secrets and gives out no OAuth tokens.
    let secretBox: SecretBox?
    /// Whether clients reach this node by HTTPS.
    let isTLSEnabled: Bool
    let workspaces = KnownWorkspaces()
    /// Bytes of open uploads that wait in memory for those that follow them.
    let openUploads = ByteBudget(bytesMax: Limits.openUploadBytesMax)

    /// Commits `changes` under the request's author, waiting for a quorum while there is none and it is certain that
    /// nothing was ordered.
    func commit(_ changes: [Change], for request: APIRequest) async throws -> CommitReceipt {
        let patience = Patience()
        return try await patience.asking {
            do {
                return try await self.node.commit(changes, author: request.author, request: request.id)
            } catch let error as NodeError {
                // Another node may lead by now: the client, told to come back, gets there.
                guard error.code == .unavailable, !patience.isOver, self.node.primaryURL == nil else {
                    throw error
                }
                return nil
            }
        }
    }

    /// The whole content of a file of at most `bytesMax` bytes.
    func content(of entry: Entry, bytesMax: Int) async throws -> [UInt8] {
        guard entry.size <= UInt64(bytesMax) else {
            throw Problem(.tooLarge, "content of \(entry.size) bytes; at most \(bytesMax) are read here")
        }
        guard entry.manifest != nil else { return try await self.node.blob(entry.content) }
        let manifest = try await self.node.manifest(of: entry)
        var content: [UInt8] = []
        content.reserveCapacity(Int(entry.size))
        for chunk in manifest.chunks { content += try await self.node.blob(chunk) }
        return content
    }

    /// Stages `content` and returns the entry that makes it stand somewhere.
    func stage(_ content: [UInt8], attributes: Attributes = Attributes()) async throws -> Entry {
        guard content.count > Limits.blobBytesMax else {
            let address = try await self.node.stage(content: content)
            return try Entry.file(content: address, size: UInt64(content.count), attributes: attributes)
        }
        var chunks: [BlobAddress] = []
        for start in stride(from: 0, to: content.count, by: Limits.chunkBytes) {
            let chunk = Array(content[start..<min(start + Limits.chunkBytes, content.count)])
            chunks.append(try await self.node.put(blobs: [chunk]).addresses[0])
        }
        let size = UInt64(content.count)
        let digest = SHA256.digest(content)
        let manifest = try Manifest(content: digest, size: size, chunks: chunks)
        let address = try await self.node.put(manifest: manifest)
        return try Entry.file(content: digest, size: size, manifest: address, attributes: attributes)
    }
}
