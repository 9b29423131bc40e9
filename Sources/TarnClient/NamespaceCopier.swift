package import TarnCore

/// Copies inside the namespace: new entries that name the contents of others.
package struct NamespaceCopier: Sendable {
    private let client: TarnHTTPClient
    private let source: NamespacePath
    private let target: NamespacePath
    private let selector: String?

    /// `selector` names the state to copy from, or nil for the newest.
    package init(client: TarnHTTPClient, source: NamespacePath, target: NamespacePath, selector: String?) {
        self.client = client
        self.source = source
        self.target = target
        self.selector = selector
    }

    /// Copies the entry, and with `isRecursive` all below it; returns the last receipt and how many entries were
    /// copied. Sets are committed one behind the other, so a failure leaves a part.
    package func copy(isRecursive: Bool) async throws -> (receipt: TarnHTTPClient.Receipt, count: Int) {
        guard self.source != self.target, !self.source.isAncestor(of: self.target) else {
            throw ClientError(.usage, "cannot copy \(self.source) into itself, to \(self.target)")
        }
        guard let found = try await self.client.entry(at: self.source, at: self.selector) else {
            throw ClientError(.rejected, "there is nothing at \(self.source)", status: 404, errorCode: "NOT_FOUND")
        }
        guard isRecursive || !found.entry.isDirectory else {
            throw ClientError(.usage, "\(self.source) is a directory; give -r to copy all below it")
        }
        var builder = ChangeSetBuilder()
        var count = 1
        var receipt: TarnHTTPClient.Receipt?
        _ = builder.add(try self.change(self.source, found.entry))
        if found.entry.isDirectory {
            _ = try await self.client.listAll(self.source, at: found.op?.description ?? self.selector) { entries in
                for listed in entries {
                    count += 1
                    if let full = builder.add(try self.change(listed.path, listed.entry)) {
                        receipt = try await self.client.commit(full.changes)
                    }
                }
            }
        }
        if let last = builder.finish() { receipt = try await self.client.commit(last.changes) }
        guard let receipt else { throw ClientError(.failed, "nothing was copied") }
        return (receipt, count)
    }

    /// The copy is a thing of its own: what the cluster assigns to an object is left out.
    private func change(_ path: NamespacePath, _ entry: Entry) throws -> Change {
        var attributes = entry.attributes
        attributes[Attributes.Key.objectID] = nil
        attributes[Attributes.Key.createdAt] = nil
        let copy: NamespacePath
        do {
            copy = try path.replacing(prefix: self.source, with: self.target)
        } catch {
            throw ClientError(path: error)
        }
        return Change(path: copy, precondition: .absent, action: .put(entry.with(attributes: attributes)))
    }
}

extension TarnHTTPClient {
    /// Where `source` goes when it is moved or copied to `wanted`: into it, when that is a directory.
    package func destination(of source: NamespacePath, at wanted: NamespacePath) async throws -> NamespacePath {
        guard try await self.entry(at: wanted)?.entry.isDirectory == true else { return wanted }
        do {
            return try wanted.appending(source.name)
        } catch {
            throw ClientError(path: error)
        }
    }
}
