internal import TarnCore

/// What a blob of text has in common with others: fingerprints of about one in 256 of its windows, picked by their
/// content, so that equal passages give equal fingerprints wherever they stand.
///
/// A gear hash rolls over the bytes: its top bits depend on the last 64 of them.
enum SimilarityFeatures {
    /// Windows before this are not picked: the hash has seen too few bytes.
    private static let windowBytesMin = 32
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
        self.gears.withUnsafeBufferPointer { gears in
            var hash: UInt64 = 0
            for (position, byte) in raw.enumerated() {
                hash = (hash << 1) &+ gears[Int(byte)]
                guard hash <= self.limit, position >= self.windowBytesMin else { continue }
                found.append(UInt32(truncatingIfNeeded: (hash &* 0x9e37_79b9_7f4a_7c15) >> 32))
                if found.count >= self.gatheredMax { self.keepSmallest(&found) }
            }
        }
        self.keepSmallest(&found)
        return found
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
