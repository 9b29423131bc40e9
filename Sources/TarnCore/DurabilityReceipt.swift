/// Who holds a committed op and every blob that it names, each datacentre by its own signature: checked offline with
/// nothing but the cluster's genesis.
package struct DurabilityReceipt: Hashable, Sendable {
    /// One datacentre's word.
    package struct Signature: Hashable, Sendable {
        package let datacenter: DatacenterID
        /// Ed25519 over ``DurabilityReceipt/statement(by:)``: 64 bytes.
        package let bytes: [UInt8]

        package init(datacenter: DatacenterID, bytes: [UInt8]) {
            self.datacenter = datacenter
            self.bytes = bytes
        }
    }

    /// The cluster's id in hex.
    package let cluster: String
    package let op: Op
    /// Header hash of the op's entry, which names the whole log before it.
    package let entry: Digest
    /// The Merkle root after the op.
    package let root: Digest
    package let closureCount: UInt64
    package let closureBytesCount: UInt64
    package let signatures: [Signature]

    package init(
        cluster: String,
        op: Op,
        entry: Digest,
        root: Digest,
        closureCount: UInt64,
        closureBytesCount: UInt64,
        signatures: [Signature] = []
    ) {
        self.cluster = cluster
        self.op = op
        self.entry = entry
        self.root = root
        self.closureCount = closureCount
        self.closureBytesCount = closureBytesCount
        self.signatures = signatures
    }

    /// The same receipt with these signatures.
    package func signed(_ signatures: [Signature]) -> DurabilityReceipt {
        DurabilityReceipt(
            cluster: self.cluster,
            op: self.op,
            entry: self.entry,
            root: self.root,
            closureCount: self.closureCount,
            closureBytesCount: self.closureBytesCount,
            signatures: signatures
        )
    }

    /// What `datacenter` signs: `"tarn receipt 1", cluster, datacentre, op, entry, root, closure count, closure bytes`
    /// in canonical encoding.
    package func statement(by datacenter: DatacenterID) -> [UInt8] {
        var writer = CanonicalWriter(reservingCapacity: 192)
        writer.write("tarn receipt 1")
        writer.write(self.cluster)
        writer.write(datacenter.name)
        writer.write(self.op.number)
        writer.write(self.entry)
        writer.write(self.root)
        writer.write(self.closureCount)
        writer.write(self.closureBytesCount)
        return writer.bytes
    }
}
