internal import Glibc
internal import TarnCore
internal import TarnCrypto

/// One export under way: page by page, the directories first, then the files side by side.
struct ExportRun {
    /// A file to export, with what is remembered of the copy in the folder.
    struct Order: Sendable {
        let path: NamespacePath
        /// Relative to the exported directory.
        let relative: ArraySlice<UInt8>
        let entry: Entry
        let remembered: FileStamp?
    }

    /// What became of one file.
    struct Outcome: Sendable {
        let relative: ArraySlice<UInt8>
        let entry: Entry
        let stamp: FileStamp?
        var isWritten = false
        var problem: String?
    }

    private let client: TarnHTTPClient
    private let folder: ExportFolder
    private let source: NamespacePath
    private let op: Op
    private let losses = ExportLosses()
    private var cursor: FolderState.Cursor?
    private var hasRecord = false
    private let progress: @Sendable (TransferProgress) -> Void
    private var done = TransferProgress()
    private var result = ExportResult()
    /// The files as they stand in the folder now.
    private(set) var remembered = FolderStateWriter()

    init(
        client: TarnHTTPClient,
        folder: ExportFolder,
        source: NamespacePath,
        op: Op,
        state: FolderState?,
        progress: @escaping @Sendable (TransferProgress) -> Void
    ) {
        self.client = client
        self.folder = folder
        self.source = source
        self.op = op
        self.cursor = state?.cursor()
        self.progress = progress
    }

    mutating func run() async throws -> ExportResult {
        self.hasRecord = try self.cursor?.advance() ?? false
        var after: String?
        repeat {
            let page = try await self.client.list(
                self.source,
                at: self.op.description,
                isRecursive: true,
                after: after
            ).page
            guard page.next == nil || page.next != after else {
                throw ClientError(.failed, "the listing of \(self.source) does not advance")
            }
            try await self.export(page.children)
            after = page.next
        } while after != nil
        return self.result
    }

    private mutating func export(_ entries: [ListedEntry]) async throws {
        var orders: [Order] = []
        var directories: [ArraySlice<UInt8>] = []
        for listed in entries {
            let relative = listed.path.utf8[self.source.descendantPrefix.count...]
            if listed.entry.isDirectory {
                directories.append(relative)
            } else {
                let stamp = try self.remembered(relative, listed.entry)
                orders.append(Order(path: listed.path, relative: relative, entry: listed.entry, remembered: stamp))
            }
        }
        try await self.makeDirectories(directories)
        self.done.filesCount += orders.count
        self.done.bytesCount += orders.reduce(0) { $0 + $1.entry.size }
        var outcomes: [Outcome] = []
        let isLarge: (Order) -> Bool = { $0.entry.size > UInt64(Limits.blobBytesMax) }
        outcomes += try await self.fetch(
            orders.filter { !isLarge($0) },
            width: Limits.exportSlicesInFlightMax,
            sliceCount: Limits.exportSliceCount
        )
        outcomes += try await self.fetch(
            orders.filter(isLarge),
            width: Limits.exportLargeFilesInFlightMax,
            sliceCount: 1
        )
        outcomes.sort { Bytes.isLess(Array($0.relative), Array($1.relative)) }
        for outcome in outcomes { self.take(outcome) }
    }

    /// The stamp that the file had when it was last seen with this content.
    private mutating func remembered(_ relative: ArraySlice<UInt8>, _ entry: Entry) throws -> FileStamp? {
        while self.hasRecord, let record = self.cursor?.record {
            let order = record.path.withUnsafeBytes { left in relative.withUnsafeBytes { Bytes.compare(left, $0) } }
            if order > 0 { return nil }
            if order == 0 { return record.content == entry.content ? record.stamp : nil }
            self.hasRecord = try self.cursor?.advance() ?? false
        }
        return nil
    }

    private mutating func makeDirectories(_ paths: [ArraySlice<UInt8>]) async throws {
        self.result.directoriesCount += paths.count
        let folder = self.folder
        let failed = try await BlockingWork.run {
            var failed: [(ArraySlice<UInt8>, String)] = []
            for path in paths {
                do throws(SystemError) { try folder.makeDirectory(path) } catch {
                    failed.append((path, ExportRun.reason(error)))
                }
            }
            return failed
        }
        for (path, reason) in failed { self.result.problems.append(String(decoding: path, as: UTF8.self), reason) }
    }

    /// Exports `orders` in slices, `width` slices at a time.
    private mutating func fetch(_ orders: [Order], width: Int, sliceCount: Int) async throws -> [Outcome] {
        let fetcher = ExportFetcher(
            client: self.client,
            folder: self.folder,
            source: self.source,
            op: self.op,
            losses: self.losses
        )
        var outcomes: [Outcome] = []
        try await withThrowingTaskGroup(of: [Outcome].self) { group in
            var position = 0
            var inFlight = 0
            while position < orders.count || inFlight > 0 {
                while inFlight < width, position < orders.count {
                    let slice = Array(orders[position..<min(position + sliceCount, orders.count)])
                    position += slice.count
                    inFlight += 1
                    group.addTask { try await fetcher.fetch(slice) }
                }
                guard let finished = try await group.next() else { break }
                inFlight -= 1
                outcomes += finished
                self.done.filesDone += finished.count
                self.done.bytesDone += finished.reduce(0) { $0 + $1.entry.size }
                self.progress(self.done)
            }
        }
        return outcomes
    }

    private mutating func take(_ outcome: Outcome) {
        self.result.filesCount += 1
        self.result.bytesCount += outcome.entry.size
        if let problem = outcome.problem {
            self.result.problems.append(String(decoding: outcome.relative, as: UTF8.self), problem)
        }
        if outcome.isWritten {
            self.result.filesWrittenCount += 1
            self.result.bytesWrittenCount += outcome.entry.size
        }
        if let stamp = outcome.stamp {
            self.remembered.append(
                path: outcome.relative,
                isDirectory: false,
                stamp: stamp,
                content: outcome.entry.content
            )
        }
    }

    /// Why a file cannot be written, in words that name the usual causes.
    static func reason(_ error: SystemError) -> String {
        switch error.number {
        case ELOOP, ENOTDIR: "a symbolic link or a file stands in its way; it could lead out of the folder"
        case EISDIR, ENOTEMPTY, EEXIST: "a folder stands in its place"
        default: error.reason
        }
    }
}
