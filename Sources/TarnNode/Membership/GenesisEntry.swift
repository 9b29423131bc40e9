package import TarnCore
internal import TarnCrypto
internal import TarnMerkle

/// Op 0 as a log entry: derived from the genesis alone, so it is identical in every data folder.
package enum GenesisEntry {
    /// The entry; its root is that of the empty namespace.
    package static func make(_ genesis: Genesis) throws(CoreError) -> LogEntry {
        let body = genesis.encoded()
        let header = LogHeader(
            op: .genesis,
            view: View(0),
            kind: .genesis,
            configurationEpoch: 0,
            timestampMicroseconds: genesis.createdAtMicroseconds,
            author: "tarn",
            request: try RequestID(client: "genesis", number: 0),
            parent: .zero,
            root: Namespace<SHA256>.genesis(genesis).tree.root,
            body: SHA256.digest(body),
            bodyBytesCount: UInt64(body.count),
            closureCount: 0,
            closureBytesCount: 0
        )
        return LogEntry(header: header, body: body)
    }
}
