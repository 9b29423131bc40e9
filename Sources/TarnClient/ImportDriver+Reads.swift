internal import NIOCore
internal import TarnCore

extension ImportDriver {
    mutating func scheduleReads(_ group: inout ThrowingTaskGroup<Event, any Error>) {
        // Sets that wait for their turn are small, but a slow primary must not let them grow without end.
        guard self.waiting.reduce(0, { $0 + $1.count }) <= 2 * Limits.importSetsInFlightMax else { return }
        while self.batchesInFlight < Limits.importBatchesInFlightMax,
            self.dataQueue.hasSmall || self.deltaQueue.hasSmall
        {
            let orders =
                self.dataQueue.hasSmall ? self.dataQueue.nextBatch(self.tree) : self.deltaQueue.nextBatch(self.tree)
            let buffer = self.freeBuffers.popLast() ?? ByteBuffer()
            let context = self.context
            self.batchesInFlight += 1
            group.addTask { try await Self.stage(orders, buffer, context) }
        }
        while self.largeInFlight < Limits.importLargeFilesInFlightMax,
            self.dataQueue.hasLarge || self.deltaQueue.hasLarge
        {
            let order =
                self.dataQueue.hasLarge ? self.dataQueue.nextLarge(self.tree) : self.deltaQueue.nextLarge(self.tree)
            let context = self.context
            self.largeInFlight += 1
            group.addTask { .uploaded(try await LargeFileUploader(client: context.client).upload(order, context)) }
        }
    }

    private static func stage(
        _ orders: [ReadOrder],
        _ buffer: ByteBuffer,
        _ context: ImportContext
    ) async throws -> Event {
        let contents = try await BlockingWork.run { SmallFileReader.read(orders, into: buffer, context) }
        guard !contents.staged.isEmpty else { return .staged(contents, nil) }
        return .staged(
            contents,
            try await context.client.stage(frames: contents.frames, count: contents.staged.count)
        )
    }

    mutating func onStaged(_ contents: BatchContents, _ staged: TarnHTTPClient.Staged?) {
        self.batchesInFlight -= 1
        self.freeBuffers.append(contents.frames)
        self.result.newStoredBytesCount += staged?.newStoredBytesCount ?? 0
        for (file, address) in zip(contents.staged, staged?.addresses ?? []) {
            self.finish(file.index, file.stamp, content: address, manifest: nil, file.attributes)
        }
        for file in contents.same { self.finishSame(file.index, file.stamp, file.attributes, manifest: nil) }
        for (index, stamp) in contents.changed { self.reread(index, stamp) }
        for (index, reason) in contents.failed { self.fail(index, reason) }
    }

    mutating func onUploaded(_ outcome: LargeOutcome) {
        self.largeInFlight -= 1
        self.result.newStoredBytesCount += outcome.newStoredBytesCount
        let index = outcome.order.index
        switch outcome.result {
        case .staged(let content, let manifest):
            self.finish(index, outcome.order.stamp, content: content, manifest: manifest, outcome.attributes)
        case .same(let manifest):
            self.finishSame(index, outcome.order.stamp, outcome.attributes, manifest: manifest)
        case .changed(let stamp): self.reread(index, stamp)
        case .failed(let reason): self.fail(index, reason)
        }
    }

    /// The file's content is in the store: what is left is to name it.
    private mutating func finish(
        _ index: Int,
        _ stamp: FileStamp,
        content: BlobAddress,
        manifest: BlobAddress?,
        _ attributes: Attributes
    ) {
        do {
            let entry = try Entry.file(content: content, size: stamp.size, manifest: manifest, attributes: attributes)
            self.deliver(MoveMatcher.Addition(index: index, stamp: stamp, entry: entry))
        } catch {
            self.fail(index, error.message)
        }
        self.finishRead(index, bytesCount: stamp.size)
    }

    /// The target has the content already; the time alone may be a change.
    private mutating func finishSame(_ index: Int, _ stamp: FileStamp, _ attributes: Attributes, manifest: BlobAddress?)
    {
        guard let known = self.known[index] else { return self.fail(index, "it was compared with nothing") }
        if self.context.areTimesSignificant, attributes.modifiedAtNanoseconds != known.modifiedNanoseconds {
            return self.finish(index, stamp, content: known.content, manifest: manifest, attributes)
        }
        self.tree.setStamp(stamp, at: index)
        self.plan.isInTarget[index] = true
        self.plan.contents[index] = known.content
        self.isDirty = true
        self.finishRead(index, bytesCount: stamp.size)
    }

    private mutating func reread(_ index: Int, _ stamp: FileStamp) {
        let count = self.rereads[index, default: 0] + 1
        self.rereads[index] = count
        guard count <= Limits.importRereadsMax else {
            return self.fail(index, "it kept changing while it was read; import again")
        }
        self.tree.setStamp(stamp, at: index)
        let read = ImportPlan.Read(index: index, known: self.known[index])
        if self.deltaKeys[index] != nil {
            self.deltaQueue.add(read, self.tree)
        } else {
            self.dataQueue.add(read, self.tree)
        }
    }

    private mutating func fail(_ index: Int, _ reason: String) {
        self.result.problems.append(self.tree.name(at: index), reason)
        self.failedPaths.append(Array(self.tree.path(at: index)))
        let bytesCount = self.tree.items[index].stamp.size
        self.result.filesCount -= 1
        self.result.filesReadCount -= 1
        // It may have grown since it was counted.
        self.result.bytesCount -= min(bytesCount, self.result.bytesCount)
        self.finishRead(index, bytesCount: bytesCount)
    }

    private mutating func finishRead(_ index: Int, bytesCount: UInt64) {
        self.done.filesDone += 1
        self.done.bytesDone += bytesCount
        if self.deltaKeys[index] != nil {
            self.unfinishedDeltaCount -= 1
        } else {
            self.unfinishedDataCount -= 1
        }
    }
}
