package import TarnCore

/// What a datacentre promised and may never take back, made durable before any message that depends on it.
package struct Superblock: Hashable, Sendable {
    package let clusterID: [UInt8]
    package let datacenter: DatacenterID
    /// Raised whenever a lost or doubtful datacentre comes back empty-handed.
    package var incarnation: UInt64
    package var configurationEpoch: UInt64
    package var view: View
    package var logView: View
    /// The lowest view whose messages may still be answered.
    package var fenceView: View
    /// The highest op known to be committed; may lag.
    package var commit: Op
    package var checkpointOp: Op
    package var checkpointRoot: Digest
    /// False after something was lost that may have been promised: such a node must not vote before it has caught up.
    package var isTrusted: Bool

    package init(clusterID: [UInt8], datacenter: DatacenterID) {
        self.clusterID = clusterID
        self.datacenter = datacenter
        self.incarnation = 0
        self.configurationEpoch = 0
        self.view = View(0)
        self.logView = View(0)
        self.fenceView = View(0)
        self.commit = .genesis
        self.checkpointOp = .genesis
        self.checkpointRoot = .zero
        self.isTrusted = true
    }

    /// `new`, except that numbers which only grow are never taken back: two updates may cross. The commit number is where
    /// committed ops are given up (`givesUp`).
    func advanced(to new: Superblock, givesUp: Bool) -> Superblock {
        var out = new
        out.incarnation = max(self.incarnation, new.incarnation)
        out.configurationEpoch = max(self.configurationEpoch, new.configurationEpoch)
        out.view = max(self.view, new.view)
        out.logView = max(self.logView, new.logView)
        out.fenceView = max(self.fenceView, new.fenceView)
        out.commit = givesUp ? new.commit : max(self.commit, new.commit)
        if self.checkpointOp > new.checkpointOp {
            out.checkpointOp = self.checkpointOp
            out.checkpointRoot = self.checkpointRoot
        }
        return out
    }

    /// `cluster id, name, incarnation, epoch, view, log view, fence view, commit, checkpoint op, checkpoint root,
    /// trusted`
    func encode(into writer: inout CanonicalWriter) {
        writer.write(raw: self.clusterID)
        writer.write(self.datacenter.name)
        writer.write(self.incarnation)
        writer.write(self.configurationEpoch)
        writer.write(self.view.number)
        writer.write(self.logView.number)
        writer.write(self.fenceView.number)
        writer.write(self.commit.number)
        writer.write(self.checkpointOp.number)
        writer.write(self.checkpointRoot)
        writer.write(byte: self.isTrusted ? 1 : 0)
    }

    init(from reader: inout CanonicalReader) throws(CoreError) {
        self.clusterID = Array(try reader.readRaw(count: 16))
        self.datacenter = try DatacenterID(reader.readString(max: Limits.datacenterNameBytesMax))
        self.incarnation = try reader.readUInt64()
        self.configurationEpoch = try reader.readUInt64()
        self.view = View(try reader.readUInt64())
        self.logView = View(try reader.readUInt64())
        self.fenceView = View(try reader.readUInt64())
        self.commit = Op(try reader.readUInt64())
        self.checkpointOp = Op(try reader.readUInt64())
        self.checkpointRoot = try reader.readDigest()
        self.isTrusted = try reader.readByte() == 1
    }
}
