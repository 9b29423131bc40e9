extension NodeMetrics {
    /// Every metric of a node, in the order in which it exposes them.
    package static let definitions: [MetricDefinition] = [
        NodeMetrics.commitsTotal, NodeMetrics.commitSeconds, NodeMetrics.stagedBlobs, NodeMetrics.stagedBytes,
        NodeMetrics.stagedStoredBytes, NodeMetrics.primary, NodeMetrics.serving, NodeMetrics.reachable,
        NodeMetrics.view, NodeMetrics.op, NodeMetrics.commitOp, NodeMetrics.lagOps, NodeMetrics.missingBytes,
        NodeMetrics.roundTripSeconds, NodeMetrics.predictedRecoverySeconds, NodeMetrics.predictedLostOps,
        NodeMetrics.sentBytes, NodeMetrics.rootDiffers, NodeMetrics.entries,
        NodeMetrics.blobs, NodeMetrics.blobBytes, NodeMetrics.suspectBlobs, NodeMetrics.healedBlobs,
        NodeMetrics.segmentBytes,
        NodeMetrics.segments, NodeMetrics.freeBytes, NodeMetrics.syncSeconds, NodeMetrics.catalogQueries,
        NodeMetrics.catalogQuerySeconds, NodeMetrics.catalogLagOps, NodeMetrics.residentBytes, NodeMetrics.cpuSeconds,
        NodeMetrics.openFiles, NodeMetrics.startTime,
    ]

    static let commitsTotal = MetricDefinition(
        "tarn_commits_total",
        .counter,
        labels: ["outcome"],
        "Requests to commit a change set at this node, by outcome."
    )
    static let commitSeconds = MetricDefinition(
        "tarn_commit_seconds",
        .histogram,
        "From a change set's arrival to its receipt, at the primary."
    )
    static let stagedBlobs = MetricDefinition(
        "tarn_staged_blobs_total",
        .counter,
        "Blobs that clients stored at this node."
    )
    static let stagedBytes = MetricDefinition(
        "tarn_staged_bytes_total",
        .counter,
        "Bytes of the blobs that clients stored at this node."
    )
    static let stagedStoredBytes = MetricDefinition(
        "tarn_staged_stored_bytes_total",
        .counter,
        "Bytes that the new ones among those blobs took on disk."
    )
    static let primary = MetricDefinition("tarn_primary", .gauge, "1 when this node leads.")
    static let serving = MetricDefinition(
        "tarn_serving",
        .gauge,
        "1 when this node serves and writes; otherwise GET /readyz has the reason."
    )
    static let reachable = MetricDefinition(
        "tarn_datacenter_reachable",
        .gauge,
        labels: ["dc"],
        "1 when this node heard from the datacentre in the last two seconds."
    )
    static let view = MetricDefinition("tarn_view", .gauge, labels: ["dc"], "The datacentre's view.")
    static let op = MetricDefinition("tarn_op", .gauge, labels: ["dc"], "Newest op that the datacentre holds.")
    static let commitOp = MetricDefinition(
        "tarn_commit_op",
        .gauge,
        labels: ["dc"],
        "Newest op that the datacentre knows to be committed."
    )
    static let lagOps = MetricDefinition("tarn_lag_ops", .gauge, labels: ["dc"], "Ops that the datacentre is behind.")
    static let missingBytes = MetricDefinition(
        "tarn_missing_bytes",
        .gauge,
        labels: ["dc"],
        "Bytes of blobs that the datacentre still lacks."
    )
    static let roundTripSeconds = MetricDefinition(
        "tarn_round_trip_seconds",
        .gauge,
        labels: ["dc"],
        "Smoothed round trip to the datacentre; absent for the node itself."
    )
    static let predictedRecoverySeconds = MetricDefinition(
        "tarn_predicted_rto_seconds",
        .gauge,
        labels: ["dc"],
        "How long nothing could be written if the datacentre were lost now; absent when not until another came back."
    )
    static let predictedLostOps = MetricDefinition(
        "tarn_predicted_rpo_ops",
        .gauge,
        labels: ["dc"],
        "Acknowledged change sets that would be lost with the datacentre now."
    )
    static let sentBytes = MetricDefinition(
        "tarn_sent_bytes_total",
        .counter,
        labels: ["dc"],
        "Bytes sent to the datacentre, before encryption."
    )
    static let rootDiffers = MetricDefinition(
        "tarn_root_differs",
        .gauge,
        labels: ["dc"],
        "1 when the datacentre's Merkle root is another one than this node's at the same op."
    )
    static let entries = MetricDefinition("tarn_entries", .gauge, "Entries of the namespace, directories included.")
    static let blobs = MetricDefinition("tarn_blobs", .gauge, "Blobs that are present here.")
    static let blobBytes = MetricDefinition("tarn_blob_bytes", .gauge, "Bytes of the present blobs, once decoded.")
    static let suspectBlobs = MetricDefinition(
        "tarn_suspect_blobs",
        .gauge,
        "Blobs that were here and cannot be read any more."
    )
    static let healedBlobs = MetricDefinition(
        "tarn_healed_blobs_total",
        .counter,
        "Damaged blobs that were replaced by good copies."
    )
    static let segmentBytes = MetricDefinition(
        "tarn_segment_bytes",
        .gauge,
        labels: ["stream"],
        "Bytes of all records in the segments of a stream."
    )
    static let segments = MetricDefinition("tarn_segments", .gauge, labels: ["stream"], "Segments of a stream.")
    static let freeBytes = MetricDefinition(
        "tarn_free_bytes",
        .gauge,
        "Bytes that new content may still take on the node's disk, without the reserve."
    )
    static let syncSeconds = MetricDefinition(
        "tarn_sync_seconds",
        .histogram,
        "Time of one fdatasync of a segment."
    )
    static let catalogQueries = MetricDefinition(
        "tarn_catalog_queries_total",
        .counter,
        labels: ["outcome"],
        "Queries of the catalog, by outcome: answered or failed."
    )
    static let catalogQuerySeconds = MetricDefinition(
        "tarn_catalog_query_seconds",
        .histogram,
        "Time of a query of the catalog, failed ones included."
    )
    static let catalogLagOps = MetricDefinition(
        "tarn_catalog_lag_ops",
        .gauge,
        "Committed ops that the catalog has not applied."
    )
    static let residentBytes = MetricDefinition(
        "process_resident_memory_bytes",
        .gauge,
        "Resident memory of the process."
    )
    static let cpuSeconds = MetricDefinition(
        "process_cpu_seconds_total",
        .counter,
        "Processor time of the process, user and system."
    )
    static let openFiles = MetricDefinition("process_open_fds", .gauge, "Open file descriptors of the process.")
    static let startTime = MetricDefinition(
        "process_start_time_seconds",
        .gauge,
        "When the node started, in seconds since 1970."
    )
}
