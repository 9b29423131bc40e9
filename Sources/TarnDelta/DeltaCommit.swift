internal import TarnCore

/// The actions of one `_delta_log/<version>.json`.
package struct DeltaCommit: Hashable, Sendable {
    package enum Action: Hashable, Sendable {
        case add(TableFile)
        case remove(TableFile.Key)
        case metadata(TableMetadata)
        case tableProtocol(TableProtocol)
        case commitInfo(CommitInfo)
    }

    /// Who committed what, as far as the writer said.
    package struct CommitInfo: Hashable, Sendable {
        package var timestampMilliseconds: Int64?
        package var operation: String?

        package init() {}
    }

    package let version: Int64
    /// In the order of the commit; kinds that do not change the snapshot (`cdc`, `txn`, `domainMetadata`, …) are left
    /// out.
    package let actions: [Action]

    /// Reads one JSON object a line; throws ``DeltaError`` naming the line that is not an action.
    package init(version: Int64, bytes: [UInt8]) throws(DeltaError) {
        var actions: [Action] = []
        var lineNumber = 0
        var lineStart = 0
        while lineStart < bytes.count {
            lineNumber += 1
            let lineEnd = bytes[lineStart...].firstIndex(of: 0x0a) ?? bytes.count
            let line = bytes[lineStart..<lineEnd]
            lineStart = lineEnd + 1
            if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0d }) { continue }
            do {
                if let action = try DeltaActionParser.parse(Array(line)) { actions.append(action) }
            } catch {
                throw DeltaError(.malformed, "line \(lineNumber) of Delta commit \(version): \(error)")
            }
        }
        self.version = version
        self.actions = actions
    }
}
