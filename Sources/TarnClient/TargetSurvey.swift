internal import TarnCore

/// What the target of an import holds, learned with as little traffic as what is remembered allows.
struct TargetSurvey: Sendable {
    /// Whether something stands at the target.
    let exists: Bool
    /// What was remembered, or else listed, of the target; nil when it holds nothing.
    let records: FolderState?
    /// What has changed since, sorted by path.
    let differences: [TargetDifference]
    /// The state that the two together describe.
    let op: Op
    let root: Digest
    /// Whether they describe all that the target holds.
    let coversTarget: Bool
    /// Whether the remembered state is as good as a new one would be.
    let isStateCurrent: Bool

    /// With more differences than this, a listing is cheaper.
    private static let differencesMax = 100_000

    /// With `needsAll`, what the target holds beside the source's files must be known too.
    /// Throws ``ClientError`` with code `rejected` when the target is a file.
    static func make(
        _ client: TarnHTTPClient,
        _ target: NamespacePath,
        state: FolderState?,
        needsAll: Bool
    ) async throws -> TargetSurvey {
        if let state { client.raise(atLeast: state.op) }
        guard let found = try await client.entry(at: target), let op = found.op, let root = found.root else {
            let answer = try await client.status()
            return TargetSurvey(
                exists: false,
                records: nil,
                differences: [],
                op: answer.op ?? .genesis,
                root: answer.root ?? .zero,
                coversTarget: true,
                isStateCurrent: false
            )
        }
        guard found.entry.isDirectory else {
            throw ClientError(.rejected, "\(target) is a file; import into a directory, or remove the file first")
        }
        if let state, state.coversTarget || !needsAll,
            let differences = try await self.differences(client, target, from: state.op, to: op)
        {
            return TargetSurvey(
                exists: true,
                records: state,
                differences: differences,
                op: op,
                root: root,
                coversTarget: state.coversTarget,
                isStateCurrent: state.op == op
            )
        }
        return try await self.list(client, target, op: op, root: root)
    }

    /// What has changed below `target`, or nil when that cannot be said or is too much.
    private static func differences(
        _ client: TarnHTTPClient,
        _ target: NamespacePath,
        from: Op,
        to: Op
    ) async throws -> [TargetDifference]? {
        if from == to { return [] }
        var found: [TargetDifference] = []
        // Nothing before the target is of interest, and the paths come sorted.
        var after: String? = target.string
        while let position = after {
            let page: DifferencePage
            do {
                page = try await client.differences(from: from.description, to: to.description, after: position).page
            } catch let error as ClientError where error.code == .rejected && error.status != 503 {
                // The op is no longer kept, or never was in this cluster, or the token is limited to paths.
                return nil
            }
            for difference in page.differences {
                guard Bytes.isLess(difference.path.utf8, target.descendantEnd) else { return found }
                guard target.isAncestor(of: difference.path) else { continue }
                found.append(Self.difference(difference.path, difference.new, target))
            }
            guard found.count <= Self.differencesMax, page.next != position else { return nil }
            after = page.next
        }
        return found
    }

    private static func difference(_ path: NamespacePath, _ entry: Entry?, _ target: NamespacePath) -> TargetDifference
    {
        TargetDifference(path: Array(path.utf8[target.descendantPrefix.count...]), entry: entry)
    }

    private static func list(
        _ client: TarnHTTPClient,
        _ target: NamespacePath,
        op: Op,
        root: Digest
    ) async throws -> TargetSurvey {
        var writer = FolderStateWriter()
        let prefixCount = target.descendantPrefix.count
        _ = try await client.listAll(target, at: op.description) { entries in
            for listed in entries {
                let modified = Int64(clamping: listed.entry.attributes.modifiedAtNanoseconds ?? 0)
                writer.append(
                    path: listed.path.utf8[prefixCount...],
                    isDirectory: listed.entry.isDirectory,
                    stamp: FileStamp(
                        size: listed.entry.size,
                        modifiedNanoseconds: modified,
                        changedNanoseconds: 0,
                        inode: 0
                    ),
                    content: listed.entry.content
                )
            }
        }
        let subject = FolderState.Subject(cluster: "", folder: "", path: target)
        let bytes = writer.finish(subject: subject, op: op, coversTarget: true)
        return TargetSurvey(
            exists: true,
            records: try FolderState(decoding: bytes),
            differences: [],
            op: op,
            root: root,
            coversTarget: true,
            isStateCurrent: false
        )
    }
}
