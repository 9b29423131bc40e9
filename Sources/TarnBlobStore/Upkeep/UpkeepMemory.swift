internal import Logging
internal import TarnSegment
internal import TarnStorage

/// What upkeep remembers from step to step, and over restarts. Used on the upkeep queue only.
final class UpkeepMemory {
    /// Seconds after which the position of a scrub is written down.
    private static let saveSeconds: UInt32 = 60

    let scrubber = Scrubber()
    var scrub: ScrubState {
        didSet { self.hasChanged = true }
    }

    /// Segments that a compaction under way takes over: no other one touches them.
    var segmentsInCompaction: Set<UInt32> = []

    /// Whether there is something that the file does not say.
    private(set) var hasChanged = false
    private let file: UpkeepFile
    private let index: StoreIndex
    private let logger: Logger
    private var savedAt: UInt32
    private var savedSuspects: [UpkeepFile.Suspect]

    /// Reads what the last run of the node left behind, and applies it to the index.
    init(file: UpkeepFile, index: StoreIndex, logger: Logger) {
        let content = file.read()
        index.condemn(content.condemned)
        index.suspect(content.suspects)
        self.file = file
        self.index = index
        self.logger = logger
        self.scrub = content.scrub
        self.savedSuspects = content.suspects
        self.savedAt = index.clock()
    }

    /// Writes everything down, now or, unless something was found to be damaged, once a minute.
    func save(isDue: Bool = false) {
        let suspects = self.index.suspects().map {
            UpkeepFile.Suspect(ordinal: $0.ordinal, segment: $0.slot.segment, offset: $0.slot.offset)
        }
        let now = self.index.clock()
        guard isDue || suspects != self.savedSuspects || now >= self.savedAt + Self.saveSeconds else { return }
        let condemned = self.index.condemned().map {
            UpkeepFile.Condemned(ordinal: $0.ordinal, fingerprint: $0.slot.fingerprint.high, since: $0.since)
        }
        do throws(StorageError) {
            try self.file.write(UpkeepFile.Content(scrub: self.scrub, condemned: condemned, suspects: suspects))
            self.hasChanged = false
            self.savedAt = now
            self.savedSuspects = suspects
        } catch {
            self.logger.warning("upkeep file not written", metadata: ["error": "\(error)"])
        }
    }
}
