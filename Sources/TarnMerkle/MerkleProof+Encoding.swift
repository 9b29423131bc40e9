package import TarnCore

extension MerkleProof {
    private static let version: UInt8 = 1
    /// More members than a node can hold.
    private static let countMax = 1 << 32
    /// Audit hashes for two neighbours among ``countMax``.
    private static let hashesMax = 64

    /// `version, entries, (path, entry)…, steps beside, left…, right…, shared steps, shared…`
    package func encoded() -> [UInt8] {
        var writer = CanonicalWriter(reservingCapacity: 2_048)
        writer.write(byte: Self.version)
        writer.write(count: self.entries.count)
        for shown in self.entries {
            writer.write(bytes: shown.path.utf8)
            shown.entry.encode(into: &writer)
        }
        writer.write(count: self.left.count)
        for step in self.left + self.right { step.encode(into: &writer) }
        writer.write(count: self.shared.count)
        for step in self.shared { step.encode(into: &writer) }
        return writer.bytes
    }

    /// Throws ``CoreError`` with code `malformed` for anything but what ``encoded()`` returns; says nothing of whether
    /// the proof holds.
    package init(decoding bytes: [UInt8]) throws(CoreError) {
        var reader = CanonicalReader(bytes)
        let version = try reader.readByte()
        guard version == Self.version else { throw CoreError(.malformed, "proof of unknown version \(version)") }
        var entries: [Shown] = []
        for _ in 0..<(try reader.readCount(max: 2)) {
            let path = try NamespacePath(utf8: Array(reader.readBytes(max: Limits.pathBytesMax)))
            entries.append(Shown(path: path, entry: try Entry(from: &reader)))
        }
        let sideCount = try reader.readCount(max: BoundaryRule.levelMax + 1)
        let left = try Self.steps(sideCount, &reader)
        let right = try Self.steps(sideCount, &reader)
        let shared = try Self.steps(try reader.readCount(max: BoundaryRule.levelMax + 1), &reader)
        try reader.expectEnd()
        self.init(entries: entries, left: left, right: right, shared: shared)
    }

    private static func steps(_ count: Int, _ reader: inout CanonicalReader) throws(CoreError) -> [Step] {
        var steps: [Step] = []
        for _ in 0..<count { steps.append(try Self.step(&reader)) }
        return steps
    }

    private static func step(_ reader: inout CanonicalReader) throws(CoreError) -> Step {
        let level = Int(try reader.readByte())
        let count = try reader.readCount(max: Self.countMax)
        let index = try reader.readCount(max: Self.countMax)
        var hashes: [Digest] = []
        for _ in 0..<(try reader.readCount(max: Self.hashesMax)) { hashes.append(try reader.readDigest()) }
        var summary: Summary?
        switch try reader.readByte() {
        case 0: break
        case 1:
            summary = Summary(
                lastKeyHash: try reader.readDigest(),
                entryCount: try reader.readUInt64(),
                contentBytesCount: try reader.readUInt64()
            )
        case let flag: throw CoreError(.malformed, "summary flag \(flag)")
        }
        return Step(level: level, count: count, index: index, hashes: hashes, summary: summary)
    }
}

extension MerkleProof.Step {
    /// `level, count, index, hashes, hash…, summary flag, [last key hash, entries, bytes]`
    fileprivate func encode(into writer: inout CanonicalWriter) {
        writer.write(byte: UInt8(self.level))
        writer.write(count: self.count)
        writer.write(count: self.index)
        writer.write(count: self.hashes.count)
        for hash in self.hashes { writer.write(hash) }
        writer.write(byte: self.summary == nil ? 0 : 1)
        guard let summary = self.summary else { return }
        writer.write(summary.lastKeyHash)
        writer.write(summary.entryCount)
        writer.write(summary.contentBytesCount)
    }
}
