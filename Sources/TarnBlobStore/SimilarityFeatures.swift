internal import TarnCore

/// What a blob of text has in common with others: fingerprints of about one in 256 of its windows, picked by their
/// content, so that equal passages give equal fingerprints wherever they stand.
///
/// A gear hash rolls over the bytes: its top bits depend on the last 64 of them.
enum SimilarityFeatures {
    /// Windows before this are not picked: the hash has seen too few bytes.
    private static let windowBytesMin = 32
    /// What lies further back has left the hash.
    private static let windowBytesMax = 64
    /// The share of windows that is picked, as a limit on their hashes: 1 in 256.
    private static let limit = UInt64.max >> 8
    /// Fingerprints gathered before the smallest are sorted out, however large the blob is.
    private static let gatheredMax = 4_096
    /// Bytes looked at for zeros, which text has none of.
    private static let inspectedBytes = 512
    private static let gears: [UInt64] = {
        var state: UInt64 = 0x7461_726e_2067_6561
        return (0..<256).map { _ in Self.mixed(&state) }
    }()

    /// At most ``Limits/featuresMax`` fingerprints, the smallest, each once. None for what is no text, or too large to
    /// be worth it.
    static func of(_ raw: UnsafeRawBufferPointer) -> [UInt32] {
        guard raw.count <= Limits.similarBlobBytesMax, !raw.prefix(self.inspectedBytes).contains(0) else { return [] }
        var found: [UInt32] = []
        self.gears.withUnsafeBufferPointer { self.gather(raw, $0, &found) }
        self.keepSmallest(&found)
        return found
    }

    /// Goes over both halves at once: a hash depends on the last 64 bytes alone, and a processor has room for two.
    private static func gather(
        _ raw: UnsafeRawBufferPointer,
        _ gears: UnsafeBufferPointer<UInt64>,
        _ found: inout [UInt32]
    ) {
        let half = raw.count / 2
        var (left, right): (UInt64, UInt64) = (0, 0)
        for position in max(0, half - self.windowBytesMax)..<half {
            right = (right << 1) &+ gears[Int(raw[position])]
        }
        for position in 0..<half {
            left = (left << 1) &+ gears[Int(raw[position])]
            right = (right << 1) &+ gears[Int(raw[half + position])]
            guard min(left, right) <= self.limit else { continue }
            if left <= self.limit { self.pick(left, at: position, &found) }
            if right <= self.limit { self.pick(right, at: half + position, &found) }
        }
        guard raw.count > 2 * half else { return }
        right = (right << 1) &+ gears[Int(raw[raw.count - 1])]
        if right <= self.limit { self.pick(right, at: raw.count - 1, &found) }
    }

    private static func pick(_ hash: UInt64, at position: Int, _ found: inout [UInt32]) {
        guard position >= self.windowBytesMin else { return }
        found.append(UInt32(truncatingIfNeeded: (hash &* 0x9e37_79b9_7f4a_7c15) >> 32))
        if found.count >= self.gatheredMax { self.keepSmallest(&found) }
    }

    private static func keepSmallest(_ found: inout [UInt32]) {
        found.sort()
        var count = 0
        for index in found.indices where count == 0 || found[index] != found[count - 1] {
            found[count] = found[index]
            count += 1
        }
        found.removeLast(found.count - min(count, Limits.featuresMax))
    }

    /// SplitMix64.
    private static func mixed(_ state: inout UInt64) -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}
