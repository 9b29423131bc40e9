package import TarnCore

/// What a record says about the log, without its payload: enough to rebuild the log's index.
package enum LogReference: Hashable, Sendable {
    case entry(op: Op, hash: Digest, parent: Digest)
    case acknowledgement(op: Op, entry: Digest)
    case head(logView: View, op: Op, entry: Digest)
    case checkpoint(op: Op, entry: Digest, root: Digest)
}
