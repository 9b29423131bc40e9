package import TarnCore
internal import TarnCrypto

/// A receipt as `tarn receipt` prints it, checked with nothing but the cluster's genesis.
package struct OfflineReceipt: Sendable {
    package let receipt: DurabilityReceipt

    private init(_ receipt: DurabilityReceipt) {
        self.receipt = receipt
    }

    /// Reads the JSON. Throws ``ClientError`` naming what is wrong with it.
    package init(json bytes: [UInt8]) throws(ClientError) {
        guard let value = try? JSONValue(parsing: bytes), let cluster = value["cluster"]?.string,
            let op = value["op"]?.unsigned, let entry = value["entry"]?.string.flatMap({ Digest(hex: $0) }),
            let root = value["root"]?.string.flatMap({ Digest(hex: $0) }),
            let count = value["closure_count"]?.unsigned, let bytesCount = value["closure_bytes"]?.unsigned
        else { throw ClientError(.usage, "this is no receipt as 'tarn receipt' prints it") }
        var signatures: [DurabilityReceipt.Signature] = []
        for item in value["signatures"]?.items ?? [] {
            guard let name = item["dc"]?.string, let datacenter = try? DatacenterID(name),
                let bytes = item["signature"]?.string.flatMap({ Hex.decode(Array($0.utf8)) })
            else { throw ClientError(.usage, "a signature of the receipt is malformed") }
            signatures.append(DurabilityReceipt.Signature(datacenter: datacenter, bytes: bytes))
        }
        self.receipt = DurabilityReceipt(
            cluster: cluster,
            op: Op(op),
            entry: entry,
            root: root,
            closureCount: count,
            closureBytesCount: bytesCount,
            signatures: signatures
        )
    }

    /// The members of `genesis` whose signatures hold. Throws with code `failed` when one does not, or too few are
    /// there to survive the loss of any datacentre.
    package func verify(against genesis: Genesis) throws(ClientError) -> [DatacenterID] {
        try self.checkCluster(of: genesis)
        return try self.verify(members: genesis.members)
    }

    /// The same where datacentres joined after the genesis: the voters of `membership` whose signatures hold. Others
    /// may have signed as well, such as who is learning the log, joined after the op or was replaced since: what they
    /// signed counts for nothing.
    package func holders(in membership: Membership, of genesis: Genesis) throws(ClientError) -> [DatacenterID] {
        try self.checkCluster(of: genesis)
        let voters = membership.members.prefix(membership.votersCount)
            .map { Genesis.Member(datacenter: $0.datacenter, publicKey: $0.publicKey) }
        let own = self.receipt.signatures.filter { signature in
            voters.contains { $0.datacenter == signature.datacenter }
        }
        return try OfflineReceipt(self.receipt.signed(own)).verify(members: voters)
    }

    /// The same for `members` with their keys, where the cluster's genesis is not at hand.
    package func verify(members: [Genesis.Member]) throws(ClientError) -> [DatacenterID] {
        var holders: [DatacenterID] = []
        for signature in self.receipt.signatures {
            let name = signature.datacenter
            guard let member = members.first(where: { $0.datacenter == name }), !holders.contains(name) else {
                throw ClientError(
                    .failed,
                    "the receipt is signed by \(name), which is no member, or twice; who joined since stands in a membership"
                )
            }
            let statement = self.receipt.statement(by: name)
            guard Ed25519.isValid(signature: signature.bytes, of: statement, publicKey: member.publicKey) else {
                throw ClientError(.failed, "the signature of \(name) does not hold")
            }
            holders.append(name)
        }
        let needed = members.count / 2 + 1
        guard holders.count >= needed else {
            throw ClientError(.failed, "\(holders.count) datacentres signed; \(needed) are needed")
        }
        return holders
    }

    private func checkCluster(of genesis: Genesis) throws(ClientError) {
        guard genesis.clusterName == self.receipt.cluster else {
            throw ClientError(.failed, "the receipt is of cluster \(self.receipt.cluster), the genesis of another")
        }
    }
}
