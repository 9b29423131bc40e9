internal import Hummingbird
internal import TarnCore
internal import TarnMerkle
internal import TarnNode

/// What DBFS and the Files API do alike with the files of volumes.
struct FileTree: Sendable {
    let context: DatabricksContext
    let request: DatabricksRequest
    let paths: VolumePaths

    init(_ context: DatabricksContext, _ request: DatabricksRequest) throws {
        self.context = context
        self.request = request
        self.paths = try VolumePaths(request.workspace)
    }

    /// The path that `text` means, which the bearer may read or write.
    func path(_ text: String) throws -> NamespacePath {
        try self.request.permitted(try self.paths.path(text))
    }

    /// What stands at `path`; the root of DBFS is there before anything is in it.
    func entry(_ path: NamespacePath, in snapshot: Snapshot) -> Entry? {
        snapshot.tree[path] ?? (path == self.paths.root ? .directory() : nil)
    }

    /// Puts `entry` at `path`. Nil when something is there that may not be replaced.
    func put(_ entry: Entry, at path: NamespacePath, isOverwriting: Bool) async throws -> CommitReceipt? {
        let change = Change(path: path, precondition: isOverwriting ? .any : .absent, action: .put(entry))
        do {
            return try await self.context.commit([change], for: self.request.base)
        } catch let error as NodeError where error.code == .conflict && !isOverwriting {
            return nil
        }
    }

    func delete(_ path: NamespacePath, isRecursive: Bool) async throws -> CommitReceipt {
        let change = Change(path: path, action: .delete(recursive: isRecursive))
        return try await self.context.commit([change], for: self.request.base)
    }

    /// Makes a directory and those above it. Throws what `refusal` says of a file that is in the way, even of one that
    /// somebody puts there meanwhile.
    func makeDirectory(
        _ path: NamespacePath,
        refusal: (NamespacePath) -> DatabricksError
    ) async throws -> CommitReceipt {
        let node = self.context.node
        if let obstacle = self.obstacle(to: path, in: try await node.snapshot(at: nil)) { throw refusal(obstacle) }
        do {
            return try await self.context.commit(
                [Change(path: path, action: .put(.directory()))],
                for: self.request.base
            )
        } catch let error as NodeError where error.code == .conflict {
            if let obstacle = self.obstacle(to: path, in: try await node.snapshot(at: nil)) { throw refusal(obstacle) }
            throw error
        }
    }

    /// The file that stands in the way of a directory at `path`, if any.
    func obstacle(to path: NamespacePath, in snapshot: Snapshot) -> NamespacePath? {
        var place: NamespacePath? = path
        while let next = place, next != .root {
            if let entry = snapshot.tree[next], !entry.isDirectory { return next }
            place = next.parent
        }
        return nil
    }
}
