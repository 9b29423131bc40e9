internal import ArgumentParser
internal import TarnNode

/// States of the past, as the command line names them.
enum SnapshotArgument {
    /// `text` as it is, when a node can understand it: what is none of this is a wrong use, whatever node is asked.
    static func checked(_ text: String) throws -> String {
        guard SnapshotSelector(text) != nil else {
            throw ValidationError("'\(text)' is no state; an op, a root of 64 hex digits or a time is expected")
        }
        return text
    }
}
