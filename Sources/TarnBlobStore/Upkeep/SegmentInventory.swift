internal import Synchronization
internal import TarnCore
internal import TarnSegment
internal import TarnStorage

/// Every record that one segment should hold, readable or not.
///
/// A footer says so itself. A segment without one that can be read is scanned, but a scan finds only what is intact:
/// what was damaged since is known to the index alone, and what the index does not place either, acknowledgements and
/// heads, stands in the scan's list of damages.
struct SegmentInventory {
    let segment: PlacedSegment
    let files: SegmentFiles
    let index: StoreIndex

    /// Gives every record to `visit`, in order of writing, and returns the file's size.
    func visit(_ visit: (IndexRow) -> Void) throws -> Int {
        let rows = SegmentRows(
            number: self.segment.number,
            stream: self.segment.stream,
            files: self.files,
            key: self.index.key
        )
        do {
            return try rows.footer(visit)
        } catch is SegmentError {
            return try self.visitWithoutFooter(visit)
        } catch let error as StorageError where error.code != .crashed {
            // A bad sector in the footer says nothing about the records before it.
            return try self.visitWithoutFooter(visit)
        }
    }

    private func visitWithoutFooter(_ visit: (IndexRow) -> Void) throws -> Int {
        let number = self.segment.number
        let file = try self.files.storage.open(self.files.path(number, self.segment.stream), .read)
        let bytesCount = try file.bytesCount()
        // Behind the last durable batch of a segment that is being written there may be a piece of the next.
        let durableEnd = self.files.durableEnd(of: number)
        let source = FileSegmentSource(file, bytesCount: min(bytesCount, durableEnd ?? bytesCount))
        var rows: [UInt32: IndexRow] = [:]
        var scanner = SegmentScanner(
            source,
            segment: number,
            key: self.index.key,
            isDurable: durableEnd != nil,
            Checksums.self
        ) { row, _ in rows[row.offset] = row }
        let report = scanner.run()
        for row in self.index.rows(in: number) where rows[row.offset] == nil { rows[row.offset] = row }
        for damage in report.damages where damage.ordinal == nil {
            let start = UInt32(damage.range.lowerBound)
            guard rows[start] == nil else { continue }
            rows[start] = damage.row ?? Self.unknown(damage.range)
        }
        for row in rows.values.sorted(by: { $0.offset < $1.offset }) { visit(row) }
        return bytesCount
    }

    /// A record of which nothing is known but that it is none that the index places: a promise, as far as anybody can
    /// tell.
    private static func unknown(_ range: Range<Int>) -> IndexRow {
        IndexRow(
            kind: .acknowledgement,
            codec: .raw,
            offset: UInt32(range.lowerBound),
            bytesCount: UInt32(range.count),
            rawBytesCount: 0
        )
    }
}

extension StoreIndex {
    /// What the index places in `segment`, in no order: blobs, tree nodes, log entries and checkpoints.
    func rows(in segment: UInt32) -> [IndexRow] {
        var rows: [IndexRow] = []
        var next: UInt64? = 0
        while let start = next {
            next = self.visitSlots(from: start) { ordinal, slot, _ in
                if slot.segment == segment { rows.append(slot.row(RecordKind(slot.kind), ordinal: ordinal)) }
            }
        }
        self.nodes.withLock { nodes in
            for ordinal in nodes.table.ordinals() {
                guard let slot = nodes.table[UInt64(ordinal)], slot.segment == segment else { continue }
                rows.append(slot.row(.node, ordinal: IndexRow.noOrdinal))
            }
        }
        self.log.withLock { log in
            for (op, version) in log.index.versions(in: segment) {
                let reference = LogReference.entry(op: op, hash: version.hash, parent: version.parent)
                rows.append(version.location.row(.entry, reference))
            }
            for (summary, location) in log.checkpoints where location.segment == segment {
                let reference = LogReference.checkpoint(op: summary.op, entry: summary.entry, root: summary.root)
                rows.append(location.row(.checkpoint, reference))
            }
        }
        return rows
    }
}

extension BlobSlot {
    fileprivate func row(_ kind: RecordKind, ordinal: UInt64) -> IndexRow {
        IndexRow(
            kind: kind,
            codec: self.codec,
            offset: self.offset,
            bytesCount: UInt32(self.bytesCount),
            rawBytesCount: UInt32(self.rawBytesCount),
            ordinal: ordinal,
            fingerprint: self.fingerprint
        )
    }
}

extension LogLocation {
    fileprivate func row(_ kind: RecordKind, _ reference: LogReference) -> IndexRow {
        IndexRow(
            kind: kind,
            codec: .raw,
            offset: self.offset,
            bytesCount: self.bytesCount,
            rawBytesCount: 0,
            log: reference
        )
    }
}
