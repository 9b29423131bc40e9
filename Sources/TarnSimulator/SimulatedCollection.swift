internal import TarnCore

/// A collection that is under way on one member: marked, then judged, then removed piece by piece, with time between.
struct SimulatedCollection: Sendable {
    private static let pauseTicksMax = 30
    private static let piecesMax = 3

    /// What the kept states and the log named, and when that was.
    let marks: Set<BlobAddress>
    let markedAt: UInt32
    /// By whose rules the pieces go; nil before the judgement.
    var judge: GarbageJudge?
    /// What compaction takes at once, the next one last.
    var pieces: [[BlobAddress]] = []
    /// When the next step is due.
    var nextAt: UInt64 = 0
    private var random: SeededRandom

    init(marks: Set<BlobAddress>, at time: UInt32, random: SeededRandom) {
        self.marks = marks
        self.markedAt = time
        self.random = random
    }

    /// Ticks until the next step.
    mutating func pause() -> UInt64 { UInt64(self.random.within(0...Self.pauseTicksMax)) }

    /// Cuts what may go into pieces. Some lies in segments that are not worth a compaction yet: it stays, condemned.
    mutating func divide(_ removable: [BlobAddress]) {
        guard !removable.isEmpty else { return }
        var pieces = [[BlobAddress]](repeating: [], count: Self.piecesMax)
        for blob in removable where !self.random.chance(percent: 20) {
            pieces[self.random.below(pieces.count)].append(blob)
        }
        self.pieces = pieces
    }
}
