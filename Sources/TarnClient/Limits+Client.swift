package import TarnCore

extension Limits {
    // Requests.
    /// Requests that one client has open at a node at a time.
    package static let clientConnectionsMax = 32
    /// Times that a request is sent again while nodes answer 503, or while the outcome of a write is unknown: about
    /// half a minute.
    package static let clientAttemptsMax = 20
    /// Past this time after it was first sent, a request is not sent again: no command hangs.
    package static let clientPatienceMilliseconds = 30_000
    /// The same for the content of a file of an export in which another one could not be had from anybody.
    package static let lostContentPatienceMilliseconds = 2_000
    /// How long one attempt of a small write waits for its answer: a little longer than a node waits for the commit. A
    /// node that is paused takes a request and never answers, while another one leads by then.
    package static let clientAttemptMilliseconds = 12_000
    /// Times that all nodes are tried while none can be reached.
    package static let clientUnreachableRoundsMax = 4
    /// Longest pause between two attempts.
    package static let clientPauseMillisecondsMax = 2_000
    package static let clientDeadlineMilliseconds = 120_000
    /// Largest answer that is held in memory; a page of 10,000 long paths fits.
    package static let clientAnswerBytesMax = 128 << 20

    // Transfers.
    /// Batches of small files that are read or sent at a time, each of at most ``stageBatchBytesMax``.
    package static let importBatchesInFlightMax = 3
    /// Files above ``blobBytesMax`` that are sent at a time, and the chunks of each that are under way.
    package static let importLargeFilesInFlightMax = 2
    package static let importChunksInFlightMax = 4
    /// Files in one batch: many empty files must not make it endless.
    package static let importBatchCountMax = 2_000
    /// Times that a file which changes while it is read is read again.
    package static let importRereadsMax = 3
    /// Times that an import begins again because the cluster lost what was staged.
    package static let importRestartsMax = 3
    /// Encoded changes in one set, leaving room for the parents and attributes that the primary adds.
    package static let importSetEncodedBytesMax = 2 << 20
    package static let exportSlicesInFlightMax = 4
    /// Files that are looked up in the folder, fetched and written together.
    package static let exportSliceCount = 256
    /// Bytes of the files that one answer brings, below what a node puts in one.
    package static let exportBatchBytesMax = 4 << 20
    package static let exportLargeFilesInFlightMax = 2
    /// Folders that an export keeps open.
    package static let exportFoldersOpenMax = 16
    /// Bytes of one file that wait in the page cache to be written to the disk.
    package static let exportCachedBytesMax = 32 << 20
    /// The smallest piece of a file that goes past the page cache, and the most that goes there in one call.
    package static let exportDirectBytesMin = 1 << 20
    /// Ranges of one file that are under way; each has the size of a chunk.
    package static let rangesInFlightMax = 4
    /// Problems that are kept by name; more are only counted.
    package static let importProblemsMax = 1_000
    /// Paths that a dry run names.
    package static let dryRunPathsMax = 10_000
    /// Seconds between two records of how far an import has come.
    package static let importSaveSeconds = 5
}
