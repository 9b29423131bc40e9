package import TarnCore

extension Limits {
    // One listener of the HTTP API.
    package static let apiConnectionsMax = 4_096
    /// Requests that are being answered at the same time; more are told to come back (429).
    package static let apiRequestsMax = 1_024
    /// Requests without a token that are being answered at the same time, counted by themselves.
    package static let apiOpenRequestsMax = 256
    package static let apiIdleSeconds = 75
    package static let requestHeadBytesMax = 48 << 10
    package static let requestHeaderCountMax = 128
    /// A path of ``pathBytesMax`` takes three times its bytes when every one is percent-encoded; the query may name
    /// another one.
    package static let requestTargetBytesMax = 32 << 10

    // Bodies.
    /// Blobs of one staged batch, so that a batch of empty blobs is bounded too.
    package static let stageBlobsMax = 65_536
    /// A staged batch with the lengths that frame its blobs: four bytes hold any of them.
    package static let stageBodyBytesMax = stageBatchBytesMax + 4 * stageBlobsMax
    package static let smallBodyBytesMax = 1 << 20
    /// Bytes of bodies that are in memory at the same time; a request beyond them is told to come back (429).
    package static let apiBodyBytesMax = 256 << 20
    /// The same for requests without a token: the parts of uploads, above all.
    package static let apiOpenBodyBytesMax = 128 << 20
    /// How long a body may take however small it is, and how fast it has to be after that.
    package static let bodyGraceSeconds: UInt64 = 60
    package static let bodyBytesPerSecondMin: UInt64 = 1_024
    /// Paths of one bulk read, with the bytes that name them and the bytes of the files that it answers with.
    package static let bulkPathsMax = 4_096
    package static let bulkRequestBytesMax = 1 << 20
    package static let bulkAnswerBytesMax = 8 << 20
    /// Chunks of one upload that are being stored while the next one arrives.
    package static let uploadChunksInFlightMax = 2

    // Waiting and scanning.
    /// How long a read with `Tarn-At-Least` waits for its op.
    package static let atLeastWaitMilliseconds = 5_000
    package static let changesWaitMillisecondsMax = 60_000
    /// Requests that wait for changes at the same time, far fewer than are answered.
    package static let changesWaitsMax = 256
    /// Ops that one request for the log of a path looks at.
    package static let pathLogOpsMax = 200_000
    /// Change sets of this many ops are decoded together when the log of a path is read.
    package static let pathLogPageCount = 1_000
    package static let verificationsMax = 1
    /// Collections and scrubs that somebody waits for; and, counted by themselves, repairs.
    package static let upkeepRunsMax = 1

    // Tokens.
    package static let tokenPathsMax = 64
    /// Tokens of a cluster, those included that have ended and were not revoked; and of them, those that people made for
    /// themselves under one name.
    package static let tokensMax = 10_000
    package static let tokensPerOwnerMax = 600

    // The dashboard.
    package static let dashboardFormBytesMax = 4 << 10
    /// Rows of one page.
    package static let dashboardRowsMax = 200
    /// Bytes of a text or notebook that a page shows; more is there to be downloaded.
    package static let dashboardTextBytesMax = 2 << 20
    /// Lines of each of two versions that a page compares.
    package static let dashboardDiffLinesMax = 4_000
    /// Pages that are kept up to date at the same time, and how long each of them is.
    package static let dashboardStreamsMax = 64
    package static let dashboardStreamSeconds = 3_600

    // Forwarding to the primary.
    package static let forwardConnectionsMax = 256
    package static let forwardConnectMilliseconds = 2_000
    /// Bodies up to this size are held while they are passed on to the primary; larger ones are streamed. Also what a
    /// refusal may have that the primary answers before the end of a body.
    package static let forwardBodyHeldBytesMax = 256 << 10
    package static let forwardReadSeconds = 75
    /// How long a write of a patient route waits for a primary before it is refused: less than clients wait for an
    /// answer.
    package static let patienceMilliseconds = 20_000
    /// The pause before such a write is asked again.
    package static let patiencePauseMilliseconds = 200
    /// A body up to this size is kept until a primary took it, so that it can be sent again.
    package static let patientBodyBytesMax = 1 << 20
}

extension Limits {
    // Databricks clients.
    /// Bytes of a notebook, or of a file in a JSON answer, as Databricks limits them.
    package static let workspaceObjectBytesMax = 10_485_760
    /// A JSON body that holds such a notebook in base64, and a form that holds it as it is.
    package static let importBodyBytesMax = 15 << 20
    /// Bytes of a file that comes through `import-file`.
    package static let workspaceFileBytesMax: UInt64 = 500 << 20
    /// Objects of a folder that is exported as one archive.
    package static let archiveObjectsMax = 10_000
    /// Bytes of the notebooks in such an archive before they are converted.
    package static let archiveBytesMax = 32 << 20
    /// Bytes of a comment or another small text.
    package static let smallTextBytesMax = 1_024
    package static let jobTasksMax = 1_000
    package static let dbfsReadBytesDefault = 512 << 10
    package static let dbfsBlockBytesMax = 1 << 20
    /// A JSON body that holds such a block in base64.
    package static let dbfsBlockBodyBytesMax = 2 << 20
    /// Bytes that the answer to a part of an upload may wait for being joined, or twice those of the part.
    package static let joinedBytesPerPartMin: UInt64 = 64 << 20
    /// Uploads that one owner may have open, of DBFS and of parts each, and the bytes of all uploads that wait in memory.
    package static let openUploadsPerOwnerMax = 64
    package static let openUploadBytesMax = 256 << 20
    /// A JSON body that names the most parts that an upload may have, each with its tag.
    package static let partListBytesMax = 2 << 20
    package static let permissionEntriesMax = 1_000
    /// Bytes of one document, and documents that one list without pages shows.
    package static let documentBytesMax = 4 << 20
    package static let documentsMax = 100_000
}
