/// The body of a log entry that ends the retention of old states: from ``floor`` on every op is kept, below it only
/// those in ``kept``. Every datacentre derives from it what it may remove.
package struct GarbageFloor: Hashable, Sendable {
    package let floor: Op
    /// Ascending, all below ``floor``.
    package let kept: [Op]

    private static let version: UInt8 = 1
    /// A year of days, and some.
    private static let keptCountMax = 4_096

    /// Throws ``CoreError`` `outOfRange` when `kept` is not ascending, not below `floor` or too long.
    package init(floor: Op, kept: [Op]) throws(CoreError) {
        guard kept.count <= Self.keptCountMax, zip(kept, kept.dropFirst()).allSatisfy({ $0 < $1 }),
            kept.last.map({ $0 < floor }) ?? true
        else {
            throw CoreError(.malformed, "a floor at op \(floor) with \(kept.count) kept ops below it")
        }
        self.floor = floor
        self.kept = kept
    }

    /// Everything is kept.
    package static let none = GarbageFloor()

    private init() {
        self.init(unchecked: .genesis, kept: [])
    }

    private init(unchecked floor: Op, kept: [Op]) {
        self.floor = floor
        self.kept = kept
    }

    /// What is kept once `next` is committed behind this one: what both keep. Whoever ordered `next` may not have known
    /// of this one, and what one floor let go no other brings back.
    package func followed(by next: GarbageFloor) -> GarbageFloor {
        let floor = max(self.floor, next.floor)
        let kept = Set(self.kept.filter { next.keeps($0) } + next.kept.filter { self.keeps($0) })
        return GarbageFloor(unchecked: floor, kept: kept.filter { $0 < floor }.sorted())
    }

    /// Whether the state at `op` can still be read.
    package func keeps(_ op: Op) -> Bool {
        op >= self.floor || self.kept.contains(op)
    }

    /// The kept op that is nearest to `op`, the later one of two.
    package func nearest(to op: Op) -> Op {
        if op >= self.floor { return op }
        let candidates = self.kept + [self.floor]
        let above = candidates.first { $0 >= op } ?? self.floor
        guard let below = candidates.last(where: { $0 < op }) else { return above }
        return op.number - below.number < above.number - op.number ? below : above
    }

    /// `version, floor, count, differences between kept ops`, as varints.
    package func encoded() -> [UInt8] {
        var writer = CanonicalWriter()
        writer.write(byte: Self.version)
        writer.write(self.floor.number)
        writer.write(count: self.kept.count)
        var last: UInt64 = 0
        for op in self.kept {
            writer.write(op.number - last)
            last = op.number
        }
        return writer.bytes
    }

    package init(decoding bytes: [UInt8]) throws(CoreError) {
        var reader = CanonicalReader(bytes)
        let version = try reader.readByte()
        guard version == Self.version else {
            throw CoreError(.malformed, "garbage floor of unknown version \(version)")
        }
        let floor = Op(try reader.readUInt64())
        let count = try reader.readCount(max: Self.keptCountMax)
        var kept: [Op] = []
        kept.reserveCapacity(count)
        var last: UInt64 = 0
        for _ in 0..<count {
            let (next, isTooLarge) = last.addingReportingOverflow(try reader.readUInt64())
            guard !isTooLarge else { throw CoreError(.malformed, "garbage floor with an op beyond all") }
            kept.append(Op(next))
            last = next
        }
        try reader.expectEnd()
        try self.init(floor: floor, kept: kept)
    }
}
