package import TarnCore
internal import TarnSegment

/// Scrub: everything that is stored is read past the cache and proved, again and again, so that damage is found while
/// there is a peer to heal it from.
extension BlobStore {
    /// Bytes that a whole pass reads.
    package var scrubBytesCount: UInt64 {
        self.statistics().storedBytesCount.values.reduce(0, +)
    }

    /// How far the scrub that never ends has got.
    package func scrubState() async throws -> ScrubState {
        try await self.upkeep.run { $0.memory.scrub }
    }

    /// The next step of the scrub that never ends. A pass that is over begins again with the next call.
    package func scrub(bytesMax: Int) async throws -> ScrubStep {
        try await self.upkeep.run { context in
            let memory = context.memory
            let now = context.index.clock()
            if memory.scrub.position == .start {
                memory.scrub.passStartedAt = now
                memory.scrub.passBytesCount = 0
            }
            let step = try memory.scrubber.step(context, at: memory.scrub.position, bytesMax: bytesMax)
            memory.scrub.passBytesCount += step.bytesCount
            memory.scrub.position = step.next ?? .start
            if step.next == nil { memory.scrub.lastCompletedAt = now }
            memory.save(isDue: step.next == nil)
            return step
        }
    }

    /// A step of a pass of its own, for somebody who waits for it; nothing of it is remembered but what it finds.
    package func scrub(at position: ScrubPosition, bytesMax: Int) async throws -> ScrubStep {
        try await self.upkeep.run { context in
            let step = try context.memory.scrubber.step(context, at: position, bytesMax: bytesMax)
            context.memory.save()
            return step
        }
    }

    /// Proves one segment that is complete, or what took its place, and returns what is damaged in it.
    package func scrub(segment number: UInt32) async throws -> [StoreDamage] {
        let placed = SegmentStream.allCases.flatMap { self.files.placed(of: $0) }
        guard let segment = placed.first(where: { $0.number == number }) else { return [] }
        var damages: [StoreDamage] = []
        var position = ScrubPosition(stream: segment.stream, place: segment.place.lowerBound, offset: 0)
        while true {
            try Task.checkCancellation()
            let step = try await self.scrub(at: position, bytesMax: Limits.compactionStepBytesMax)
            damages += step.damages
            guard let next = step.next, next.stream == segment.stream, next.place <= segment.place.upperBound else {
                return damages
            }
            position = next
        }
    }

    /// Notes that everything was proved just now.
    package func noteScrubbed() async throws {
        try await self.upkeep.run { context in
            context.memory.scrub.lastCompletedAt = context.index.clock()
            context.memory.save(isDue: true)
        }
    }

    /// Blobs that are here and cannot be read, named as far as their records still do.
    package func damages() async throws -> [StoreDamage] {
        try await self.upkeep.run { context in
            context.index.suspects().map { ordinal, slot in
                StoreDamage(
                    subject: .blob(address: try? context.decoder.address(ofOrdinal: ordinal), ordinal: ordinal),
                    segment: slot.segment,
                    offset: slot.offset,
                    reason: "it cannot be read"
                )
            }
        }
    }

    /// Which of `addresses` are here but cannot be read. Answers from memory.
    package func damaged(among addresses: [BlobAddress]) -> [BlobAddress] {
        self.index.suspects(among: addresses)
    }

    /// Blobs and tree nodes that cannot be read.
    package var damagedCount: Int { self.statistics().suspectCount + self.index.suspectNodeCount }

    /// Which of the tree nodes `hashes` are here but cannot be read; written again, they are healed.
    package func damaged(nodes hashes: [Digest]) -> [Digest] {
        self.index.suspectNodes(among: hashes)
    }
}
