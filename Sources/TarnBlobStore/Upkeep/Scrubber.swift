internal import TarnCore
internal import TarnSegment
internal import TarnStorage

/// Reads what is stored past every cache, in the order in which it lies on disk, and proves it: checksums of all
/// records, and of blobs that they decode and hash to their addresses. Used on the upkeep queue only.
final class Scrubber {
    /// One record of the segment being scrubbed.
    private struct Item {
        let kind: RecordKind
        let offset: UInt32
        let bytesCount: UInt32
        /// Of a blob.
        let ordinal: UInt32

        init(_ row: IndexRow) {
            self.kind = row.kind
            self.offset = row.offset
            self.bytesCount = row.bytesCount
            self.ordinal = UInt32(truncatingIfNeeded: row.ordinal)
        }
    }

    /// Neighbouring records are read together up to this.
    private static let readBytesMax = 4 << 20
    private static let unreadable = "it cannot be read"

    private var segment: PlacedSegment?
    private var items: [Item] = []

    /// Checks records from `position` on, at least one and no more than `bytesMax` bytes of them unless the first is
    /// larger.
    func step(_ context: UpkeepQueue.Context, at position: ScrubPosition, bytesMax: Int) throws -> ScrubStep {
        var step = ScrubStep()
        guard let segment = Self.segment(context, at: position) else { return step }
        if self.segment?.number != segment.number { try self.load(segment, context) }
        let isFirst = segment.place.lowerBound > position.place || segment.stream != position.stream
        let from = isFirst ? 0 : position.offset
        var part: [Item] = []
        for item in self.items.drop(while: { $0.offset < from }) {
            if !part.isEmpty, step.bytesCount + UInt64(item.bytesCount) > UInt64(bytesMax) { break }
            part.append(item)
            step.bytesCount += UInt64(item.bytesCount)
        }
        try self.check(part, segment, context, &step)
        if let last = part.last, last.offset < self.items.last?.offset ?? 0 {
            step.next = ScrubPosition(
                stream: segment.stream,
                place: segment.place.lowerBound,
                offset: last.offset + last.bytesCount
            )
        } else {
            let after = ScrubPosition(stream: segment.stream, place: segment.place.upperBound + 1, offset: 0)
            self.segment = nil
            self.items = []
            step.next = Self.segment(context, at: after) == nil ? nil : after
        }
        return step
    }

    /// The first segment at or behind a position.
    private static func segment(_ context: UpkeepQueue.Context, at position: ScrubPosition) -> PlacedSegment? {
        for stream in SegmentStream.allCases where stream.rawValue >= position.stream.rawValue {
            let found = context.files.placed(of: stream).first {
                stream != position.stream || $0.place.upperBound >= position.place
            }
            if let found { return found }
        }
        return nil
    }

    private func load(_ segment: PlacedSegment, _ context: UpkeepQueue.Context) throws {
        var items: [Item] = []
        do {
            _ = try context.rows(of: segment).visit { items.append(Item($0)) }
        } catch let error as StorageError where error.isDamage {
            // The disk does not give the file: what the index places in it is all that is known of it.
            items = context.index.rows(in: segment.number).sorted { $0.offset < $1.offset }.map { Item($0) }
        }
        self.items = items
        // Only now: a step that failed must begin with the same segment again.
        self.segment = segment
    }

    private func check(
        _ part: [Item],
        _ segment: PlacedSegment,
        _ context: UpkeepQueue.Context,
        _ step: inout ScrubStep
    ) throws {
        guard let file = try self.open(segment, context) else {
            for item in part { self.judge(item, Self.unreadable, segment, context, &step) }
            return
        }
        var rest = part[...]
        while let first = rest.first {
            let run = rest.prefix {
                Int($0.offset + $0.bytesCount) - Int(first.offset) <= Self.readBytesMax || $0.offset == first.offset
            }
            rest = rest.dropFirst(run.count)
            let end = run.last.map { $0.offset + $0.bytesCount } ?? first.offset
            let bytes = (try? file.read(at: Int(first.offset), count: Int(end - first.offset))) ?? []
            for item in run {
                let start = Int(item.offset - first.offset)
                let range = start..<start + Int(item.bytesCount)
                let reason: String?
                if range.upperBound <= bytes.count {
                    reason = Self.fault(in: bytes[range])
                } else {
                    // One bad sector must not be blamed on its neighbours.
                    let own = (try? file.read(at: Int(item.offset), count: Int(item.bytesCount))) ?? []
                    reason = own.count < range.count ? Self.unreadable : Self.fault(in: own[...])
                }
                self.judge(item, reason, segment, context, &step)
            }
        }
    }

    /// The file of a segment, or nil when the disk does not give it.
    private func open(_ segment: PlacedSegment, _ context: UpkeepQueue.Context) throws -> (any StorageFile)? {
        let path = context.files.path(segment.number, segment.stream)
        // Not every file system can be read past its cache; then the cache is what can be proved.
        if let file = try? context.files.storage.open(path, .direct) { return file }
        do throws(StorageError) {
            return try context.files.storage.open(path, .read)
        } catch {
            guard error.isDamage else { throw error }
            return nil
        }
    }

    private static func fault(in bytes: ArraySlice<UInt8>) -> String? {
        bytes.withUnsafeBytes { Record.isIntact($0, Checksums.self) } ? nil : "its checksum does not match"
    }

    /// Notes what is wrong with a record that counts; a blob whose record is intact is decoded and hashed, too.
    private func judge(
        _ item: Item,
        _ reason: String?,
        _ segment: PlacedSegment,
        _ context: UpkeepQueue.Context,
        _ step: inout ScrubStep
    ) {
        let place = LogLocation(segment: segment.number, offset: item.offset, bytesCount: item.bytesCount)
        if item.kind.isBlob {
            let ordinal = UInt64(item.ordinal)
            guard let slot = context.index.slot(at: ordinal), slot.location == place else { return }
            if let damage = Self.damage(ordinal, slot, reason, context) { step.damages.append(damage) }
            return
        }
        guard let reason, let subject = context.index.subject(of: item.kind, at: place) else { return }
        step.damages.append(
            StoreDamage(subject: subject, segment: place.segment, offset: place.offset, reason: reason)
        )
    }

    private static func damage(
        _ ordinal: UInt64,
        _ slot: BlobSlot,
        _ reason: String?,
        _ context: UpkeepQueue.Context
    ) -> StoreDamage? {
        var reason = reason
        var address = try? context.decoder.address(ofOrdinal: ordinal)
        // Where the record does not say any more whose it is, its content may.
        if reason == nil || address == nil {
            do {
                _ = try context.decoder.verify(ordinal: ordinal, slot)
            } catch let error as StoreError where error.code == .corrupt {
                reason = reason ?? error.message
                if let named = error.address, named != .zero { address = named }
            } catch {
                // Moved or removed meanwhile, or a disk that does not answer: nothing is known about the record.
            }
        }
        guard let reason else { return nil }
        context.index.setSuspect(true, ordinal: ordinal, slot: slot)
        // What is a difference to it must not pass for whole because memory still has what the disk has lost.
        context.decoder.cache.remove(slot.fingerprint)
        return StoreDamage(
            subject: .blob(address: address, ordinal: ordinal),
            segment: slot.segment,
            offset: slot.offset,
            reason: reason
        )
    }
}
