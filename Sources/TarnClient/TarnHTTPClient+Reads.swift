internal import NIOCore
package import TarnCore

extension TarnHTTPClient {
    /// `GET` of any route; `what` names it in errors.
    package func get(
        _ route: String,
        _ path: NamespacePath? = nil,
        query: [(name: String, value: String?)] = [],
        headers: [(name: String, value: String)] = [],
        deadlineMilliseconds: Int = Limits.clientDeadlineMilliseconds
    ) async throws -> Answer {
        try await self.read(
            TransportRequest(
                .get,
                PercentEncoding.target(route, path, query: query),
                headers: headers,
                deadlineMilliseconds: deadlineMilliseconds
            )
        )
    }

    /// One page of what stands at and below `path`.
    package func list(
        _ path: NamespacePath,
        at selector: String? = nil,
        isRecursive: Bool = false,
        after: String? = nil,
        limit: Int = Limits.listPageCountMax
    ) async throws -> (page: NamespacePage, op: Op?) {
        let answer = try await self.get(
            "/v1/namespace",
            path,
            query: [
                ("at", selector), ("limit", String(limit)), ("after", after), ("recursive", isRecursive ? "true" : nil),
            ]
        )
        do {
            return (try NamespacePage(parsing: answer.body), answer.op)
        } catch {
            throw ClientError.unreadable("the listing of \(path)", error)
        }
    }

    /// All that stands below `path`, page by page and all of one op, which is returned with the entry at `path` itself.
    package func listAll(
        _ path: NamespacePath,
        at selector: String? = nil,
        isRecursive: Bool = true,
        receive: ([ListedEntry]) async throws -> Void
    ) async throws -> (entry: Entry, op: Op?) {
        let first = try await self.list(path, at: selector, isRecursive: isRecursive)
        try await receive(first.page.children)
        var next = first.page.next
        // Later pages must come from the same state, whatever is written meanwhile.
        let pinned = first.op?.description ?? selector
        while let after = next {
            let (page, _) = try await self.list(path, at: pinned, isRecursive: isRecursive, after: after)
            guard page.next != after else { throw ClientError(.failed, "the listing of \(path) does not advance") }
            try await receive(page.children)
            next = page.next
        }
        return (first.page.entry.entry, first.op)
    }

    /// The entry at `path`, or nil when nothing stands there; with the answer's op and root where something does.
    package func entry(
        at path: NamespacePath,
        at selector: String? = nil
    ) async throws -> (entry: Entry, op: Op?, root: Digest?)? {
        do {
            let answer = try await self.get("/v1/namespace", path, query: [("at", selector), ("limit", "0")])
            return (try NamespacePage(parsing: answer.body).entry.entry, answer.op, answer.root)
        } catch let error as ClientError {
            guard error.isNotFound else { throw error }
            return nil
        } catch let error as JSONError {
            throw ClientError.unreadable("what is at \(path)", error)
        } catch let error as CoreError {
            throw ClientError.unreadable("what is at \(path)", error)
        }
    }

    /// The bytes of many small files at the paths `relative` below `directory`, in order; nil for one that must be
    /// asked for by itself. Whoever asks compares them with what they should be.
    package func contents(
        of relative: [ArraySlice<UInt8>],
        below directory: NamespacePath,
        at op: Op
    ) async throws -> [ArraySlice<UInt8>?] {
        var frames = CanonicalWriter()
        for path in relative { frames.write(bytes: path) }
        let answer = try await self.read(
            TransportRequest(
                .post,
                PercentEncoding.target("/v1/contents", directory, query: [("at", op.description)]),
                headers: [("Content-Type", "application/octet-stream")],
                body: ByteBuffer(bytes: frames.bytes),
                deadlineMilliseconds: Limits.clientDeadlineMilliseconds
            )
        )
        do {
            var reader = CanonicalReader(answer.body)
            return try relative.map { _ throws(CoreError) in
                let count = try reader.readCount(max: Limits.blobBytesMax + 1)
                return count == 0 ? nil : try reader.readRaw(count: count - 1)
            }
        } catch {
            throw ClientError.unreadable("the contents below \(directory)", error)
        }
    }

    /// One page of what differs between `from` and `to`, behind the path `after`.
    package func differences(
        from: String,
        to: String?,
        after: String?,
        limit: Int = Limits.listPageCountMax
    ) async throws -> (page: DifferencePage, op: Op?) {
        let answer = try await self.get(
            "/v1/diff",
            query: [("from", from), ("to", to), ("limit", String(limit)), ("after", after)]
        )
        do {
            return (try DifferencePage(parsing: answer.body), answer.op)
        } catch {
            throw ClientError.unreadable("the differences from \(from)", error)
        }
    }

    /// Any answer that is a small JSON document.
    package func document(
        _ route: String,
        _ path: NamespacePath? = nil,
        query: [(name: String, value: String?)] = [],
        deadlineMilliseconds: Int = Limits.clientDeadlineMilliseconds
    ) async throws -> JSONValue {
        let answer = try await self.get(route, path, query: query, deadlineMilliseconds: deadlineMilliseconds)
        return try Self.parse(answer.body, of: route)
    }

    /// The cluster as the node that answers sees it, however far behind it is.
    package func status() async throws -> Answer {
        var request = TransportRequest(.get, "/v1/status", deadlineMilliseconds: Limits.clientDeadlineMilliseconds)
        request.mustSeeLastWrite = false
        return try await self.read(request)
    }

    /// Has the node that is asked compare its state with another one's and repair it.
    package func repair() async throws -> JSONValue {
        var request = TransportRequest(.post, "/v1/repair", deadlineMilliseconds: Limits.clientDeadlineMilliseconds)
        request.mustSeeLastWrite = false
        return try Self.parse(try await self.read(request).body, of: "/v1/repair")
    }

    package static func parse(_ body: [UInt8], of what: String) throws(ClientError) -> JSONValue {
        do {
            return try JSONValue(parsing: body)
        } catch {
            throw ClientError.unreadable(what, error)
        }
    }
}

extension TarnHTTPClient {
    /// The cluster's id from the configuration, or else as the node says it.
    package func clusterName() async throws -> String {
        if let cluster = self.configuration.cluster { return cluster }
        let status = try Self.parse(try await self.status().body, of: "/v1/status")
        guard let cluster = status["cluster"]?.string, !cluster.isEmpty, !cluster.contains("/"), !cluster.hasPrefix(".")
        else {
            throw ClientError(.failed, "the node's status names no cluster")
        }
        return cluster
    }
}
