internal import TarnCore
internal import TarnMerkle
internal import TarnNode

/// Content that stands at a protected path must not be had by its hash either, which is no secret.
enum ProtectedContent {
    /// Throws ``Problem`` `PERMISSION_DENIED` when one of `addresses` is the content of a token or a secret and the
    /// bearer is no admin.
    static func check(_ addresses: [BlobAddress], for request: APIRequest, in node: any NodeService) async throws {
        if request.principal?.scope == .admin || addresses.isEmpty { return }
        let tree = try await node.snapshot(at: nil).tree
        let wanted = Set(addresses)
        for directory in Access.protectedPaths {
            for (path, entry) in tree.descendants(of: directory, limit: Limits.tokensMax) where !entry.isDirectory {
                guard !wanted.contains(entry.content), entry.manifest.map({ !wanted.contains($0) }) ?? true else {
                    throw Problem(
                        .permissionDenied,
                        "this content stands under \(path.parent ?? path), which needs scope admin"
                    )
                }
            }
        }
    }
}
