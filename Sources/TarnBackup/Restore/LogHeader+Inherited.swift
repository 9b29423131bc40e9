internal import TarnCore

extension LogHeader {
    /// The same entry behind another one, in the log of a cluster that inherits it and has a genesis of its own.
    ///
    /// Who belonged to the old cluster is nothing that the new one's log may say: the genesis names its members, and
    /// they count its configurations from 0. A change of the old membership becomes an entry that changes nothing;
    /// its body stays as it was.
    func inherited(behind parent: Digest) -> LogHeader {
        LogHeader(
            op: self.op,
            view: self.view,
            kind: self.kind == .reconfigure ? .noop : self.kind,
            configurationEpoch: 0,
            timestampMicroseconds: self.timestampMicroseconds,
            author: self.author,
            request: self.request,
            parent: parent,
            root: self.root,
            body: self.body,
            bodyBytesCount: self.bodyBytesCount,
            closureCount: self.closureCount,
            closureBytesCount: self.closureBytesCount
        )
    }
}
