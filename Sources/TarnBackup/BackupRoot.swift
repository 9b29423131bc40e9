package import TarnClient
package import TarnCore

/// One backup: the signed root that it ends with, and the segments that hold everything up to there.
package struct BackupRoot: Sendable {
    /// Of the object that holds one.
    static let bytesMax = 64 << 20

    package let cluster: String
    /// The datacentre whose segments these are.
    package let datacenter: DatacenterID
    package let op: Op
    package let root: Digest
    package let time: Timestamp
    /// The cluster's genesis in canonical encoding: whose signatures count, and the key of the tree's boundaries.
    package let genesis: [UInt8]
    /// As `tarn receipt` prints it.
    package let receipt: JSONValue
    /// Every change of the membership up to the op, in order; nil in a root of the first version, which knew none.
    package let reconfigurations: [SignedReconfiguration]?
    package let segments: [BackupSegment]

    /// Of all segments together.
    package var bytesCount: UInt64 { self.segments.reduce(0) { $0 + $1.bytesCount } }
    /// Header hash of the op's entry, which names the whole log before it; nil when the receipt is malformed.
    var entry: Digest? { self.receipt["entry"]?.string.flatMap { Digest(hex: $0) } }

    /// As its object holds it (`ops/formats/backup.md`).
    package func encoded() -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 2_048 + 256 * self.segments.count)
        let format = self.reconfigurations == nil ? BackupNames.firstRootFormat : BackupNames.rootFormat
        writer.beginObject()
        for (key, value) in [
            ("format", format), ("cluster", self.cluster), ("dc", self.datacenter.name),
            ("root", self.root.hex), ("time", self.time.description), ("genesis", Base64.encode(self.genesis)),
        ] {
            writer.key(key)
            writer.string(value)
        }
        writer.key("op")
        writer.integer(self.op.number)
        writer.key("receipt")
        self.receipt.write(to: &writer)
        if let reconfigurations {
            writer.key("reconfigurations")
            writer.beginArray()
            for change in reconfigurations { change.write(to: &writer) }
            writer.endArray()
        }
        writer.key("segments")
        writer.beginArray()
        for segment in self.segments { segment.write(to: &writer) }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    /// The genesis, once it and the receipt were found to belong together: enough of those who were members at that op
    /// signed it and its root.
    ///
    /// `expected` is the genesis of the cluster that the backup must be of, and `known` a membership that it had, where
    /// they are known; then every other change of the membership must be signed by who belonged to the cluster before
    /// it. Throws ``ClientError`` naming object `name`.
    package func verified(
        name: String,
        expected: Genesis? = nil,
        known: Membership? = nil
    ) throws(ClientError) -> Genesis {
        guard let genesis = try? Genesis(decoding: self.genesis), genesis.clusterName == self.cluster else {
            throw ClientError(.failed, "object \(name) is damaged: its genesis is not that of cluster \(self.cluster)")
        }
        if let expected, expected != genesis {
            throw ClientError(
                .failed,
                "object \(name) is a backup of cluster \(self.cluster), not of \(expected.clusterName) whose genesis was given"
            )
        }
        let receipt: OfflineReceipt
        do throws(ClientError) {
            let chain = try MembershipChain(genesis, self.reconfigurations ?? [], known: known)
            guard chain.isProved || expected == nil && known == nil else {
                throw ClientError(
                    .failed,
                    "no majority of those who were members before signed how the membership of epoch "
                        + "\(chain.newest.epoch) came to be; give it as --membership, as 'tarn cluster members --save' wrote it"
                )
            }
            receipt = try OfflineReceipt(json: Array(self.receipt.json.utf8))
            let holders = try receipt.holders(in: chain.newest, of: genesis)
            guard holders.contains(self.datacenter) else {
                throw ClientError(.failed, "\(self.datacenter), whose segments these are, did not sign")
            }
        } catch {
            throw ClientError(.failed, "object \(name): \(error.message)")
        }
        guard receipt.receipt.op == self.op, receipt.receipt.root == self.root else {
            throw ClientError(
                .failed,
                "object \(name): what was signed is not op \(self.op) with root \(self.root.hex)"
            )
        }
        return genesis
    }
}

extension BackupRoot {
    /// Reads object `name`. Throws ``ClientError`` naming it when it is damaged or of another format.
    package init(decoding bytes: [UInt8], name: String) throws(ClientError) {
        guard let value = try? JSONValue(parsing: bytes) else {
            throw ClientError(.failed, "object \(name) is damaged: it is no JSON document")
        }
        let format = value["format"]?.string ?? ""
        let isFirst = format == BackupNames.firstRootFormat
        guard isFirst || format == BackupNames.rootFormat else {
            throw ClientError(
                .failed,
                "object \(name) has the format '\(format)'; this version reads '\(BackupNames.rootFormat)' and older"
            )
        }
        guard let cluster = value["cluster"]?.string,
            let datacenter = value["dc"]?.string.flatMap({ try? DatacenterID($0) }),
            let op = value["op"]?.unsigned, let root = value["root"]?.string.flatMap({ Digest(hex: $0) }),
            let time = value["time"]?.string.flatMap({ Timestamp($0) }),
            let genesis = value["genesis"]?.string.flatMap({ Base64.decode($0) }), let receipt = value["receipt"]
        else { throw ClientError(.failed, "object \(name) is damaged: a key is missing or malformed") }
        guard let segments = BackupSegment.list(value["segments"]), !segments.isEmpty,
            segments.allSatisfy({ $0.content != nil }), Set(segments.map(\.number)).count == segments.count
        else { throw ClientError(.failed, "object \(name) is damaged: its list of segments is malformed") }
        let reconfigurations = isFirst ? nil : value["reconfigurations"].flatMap { SignedReconfiguration.list($0) }
        guard isFirst || reconfigurations != nil else {
            throw ClientError(.failed, "object \(name) is damaged: its changes of the membership are malformed")
        }
        self.init(
            cluster: cluster,
            datacenter: datacenter,
            op: Op(op),
            root: root,
            time: time,
            genesis: genesis,
            receipt: receipt,
            reconfigurations: reconfigurations,
            segments: segments
        )
    }
}
