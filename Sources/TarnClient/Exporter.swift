internal import Glibc
package import TarnCore
internal import TarnCrypto

/// Writes a directory of the namespace into a folder, fetching only what the folder does not have already.
package struct Exporter: Sendable {
    private let client: TarnHTTPClient
    private let source: NamespacePath
    private let folderPath: String
    private let selector: String?
    private let stateFolder: StateFolder?
    private let warn: @Sendable (String) -> Void
    private let progress: @Sendable (TransferProgress) -> Void

    /// `folder` is an absolute path; `selector` names the state, or nil for the newest.
    package init(
        client: TarnHTTPClient,
        source: NamespacePath,
        folder: String,
        selector: String?,
        stateFolder: StateFolder?,
        warn: @escaping @Sendable (String) -> Void = { _ in },
        progress: @escaping @Sendable (TransferProgress) -> Void = { _ in }
    ) {
        self.client = client
        self.source = source
        self.folderPath = folder
        self.selector = selector
        self.stateFolder = stateFolder
        self.warn = warn
        self.progress = progress
    }

    /// Exports and says what was done. Files that could not be read or written are in
    /// ``ExportResult/problems``, not thrown.
    package func run() async throws -> ExportResult {
        let clock = ContinuousClock()
        let start = clock.now
        guard let found = try await self.client.entry(at: self.source, at: self.selector), let op = found.op,
            let root = found.root
        else {
            throw ClientError(.rejected, "there is nothing at \(self.source)", status: 404, errorCode: "NOT_FOUND")
        }
        guard found.entry.isDirectory else {
            throw ClientError(.usage, "\(self.source) is a file; use 'tarn get' for a single file")
        }
        let folder = try await BlockingWork.run { try ExportFolder(path: self.folderPath) }
        let memory = try await self.memory()
        var run = ExportRun(
            client: self.client,
            folder: folder,
            source: self.source,
            op: op,
            state: memory?.state,
            progress: self.progress
        )
        var result = try await run.run()
        if let memory, result.problems.isEmpty {
            let writer = run.remembered
            do {
                try await BlockingWork.run { try memory.save(writer, op: op, coversTarget: false) }
            } catch {
                self.warn("cannot remember what was exported: \(error); the next export compares all files by content")
            }
        }
        result.op = op
        result.root = root
        let elapsed = start.duration(to: clock.now)
        result.seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
        return result
    }

    private func memory() async throws -> TransferMemory? {
        guard let stateFolder else { return nil }
        let subject = FolderState.Subject(
            cluster: try await self.client.clusterName(),
            folder: self.folderPath,
            path: self.source
        )
        let memory = TransferMemory(purpose: "export", subject: subject, in: stateFolder)
        return try await BlockingWork.run { memory.loaded(warn: self.warn) }
    }
}
