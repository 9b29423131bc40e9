internal import Logging
internal import TarnBlobStore
package import TarnCore
internal import TarnCrypto
internal import TarnPeer

/// Receipts that can be checked without asking anybody.
extension Node {
    private static let attestationPatience = Duration.seconds(5)

    package func receipt(of op: Op) async throws -> DurabilityReceipt {
        guard op <= self.head.op, let entry = try await self.store.entry(at: op) else {
            throw NodeError(.notFound, "op \(op) is not committed here; the newest is \(self.head.op)")
        }
        let receipt = self.unsignedReceipt(of: entry)
        var signatures: [DurabilityReceipt.Signature] = []
        if let own = try await self.signature(of: receipt, entry) { signatures.append(own) }
        for (index, client) in self.clients.enumerated() {
            guard let client else { continue }
            do {
                let bytes = try await client.attest(op: op, entry: receipt.entry, within: Self.attestationPatience)
                let datacenter = self.addresses[index].datacenter
                signatures.append(DurabilityReceipt.Signature(datacenter: datacenter, bytes: bytes))
            } catch {
                self.logger.debug("no attestation", metadata: ["member": "\(index)", "error": "\(error)"])
            }
        }
        return receipt.signed(signatures.sorted { $0.datacenter < $1.datacenter })
    }

    package func attest(op: Op, entry hash: Digest, from peer: DatacenterID) async throws -> [UInt8] {
        guard op <= self.head.op, let entry = try await self.store.entry(at: op),
            entry.header.hash(SHA256.self) == hash
        else { throw NodeError(.notFound, "op \(op) is not committed here with that entry") }
        guard let own = try await self.signature(of: self.unsignedReceipt(of: entry), entry)
        else { throw NodeError(.unavailable, "op \(op) is not whole here") }
        return own.bytes
    }

    private func unsignedReceipt(of entry: LogEntry) -> DurabilityReceipt {
        DurabilityReceipt(
            cluster: self.genesis.clusterName,
            op: entry.header.op,
            entry: entry.header.hash(SHA256.self),
            root: entry.header.root,
            closureCount: entry.header.closureCount,
            closureBytesCount: entry.header.closureBytesCount
        )
    }

    /// This datacentre's word, or nil when it does not hold all of the op.
    private func signature(
        of receipt: DurabilityReceipt,
        _ entry: LogEntry
    ) async throws -> DurabilityReceipt.Signature? {
        guard self.store.isAcknowledged(receipt.op) else { return nil }
        guard try await self.store.missing(of: entry).isEmpty else { return nil }
        let key = try self.configuration.signingKey()
        let statement = receipt.statement(by: self.datacenter)
        return DurabilityReceipt.Signature(datacenter: self.datacenter, bytes: try key.sign(statement))
    }
}
