/// How often the rarer paths were taken: a simulation that never takes them checks nothing there.
package struct Probes: Hashable, Sendable {
    package var crashes = 0
    package var wipes = 0
    package var damages = 0
    package var misdirections = 0
    package var clockJumps = 0
    package var cuts = 0
    package var pauses = 0
    package var stalls = 0
    package var rots = 0
    package var switchovers = 0
    package var viewChanges = 0
    package var installations = 0
    package var adoptions = 0
    package var truncations = 0
    package var orphans = 0
    package var undecided = 0
    package var trusts = 0
    package var repairs = 0
    package var bulkRequests = 0
    package var resends = 0
    package var losses = 0
    package var fullDisks = 0
    package var failovers = 0
    package var replacements = 0
    package var growths = 0
    package var strandedVoters = 0
    package var elections = 0
    package var observerLeads = 0
    package var floors = 0
    package var collections = 0
    package var collectedBlobs = 0
    /// Condemned blobs that somebody asked for, and those that something kept turned out to need.
    package var revivals = 0
    package var pardons = 0
    package var writes = 0
    package var reads = 0

    package init() {}

    /// The counts by name, in a fixed order.
    package var counts: [(name: String, count: Int)] {
        [
            ("crashes", self.crashes), ("wiped disks", self.wipes), ("damaged logs", self.damages),
            ("misdirected sectors", self.misdirections), ("clock jumps", self.clockJumps),
            ("cuts", self.cuts), ("pauses", self.pauses), ("stuck disks", self.stalls), ("rotted blobs", self.rots),
            ("switchovers", self.switchovers), ("view changes", self.viewChanges),
            ("logs taken over", self.installations), ("with entries fetched", self.adoptions),
            ("truncations", self.truncations), ("orphans", self.orphans), ("undecided votes", self.undecided),
            ("trust regained", self.trusts), ("repairs", self.repairs), ("bulk requests", self.bulkRequests),
            ("retransmissions", self.resends), ("datacentres lost", self.losses), ("full disks", self.fullDisks),
            ("failovers", self.failovers),
            ("datacentres replaced", self.replacements), ("clusters grown from one", self.growths),
            ("voters stranded", self.strandedVoters),
            ("observers made electable", self.elections), ("views of the observer", self.observerLeads),
            ("floors ordered", self.floors), ("collections", self.collections),
            ("blobs collected", self.collectedBlobs), ("blobs revived", self.revivals),
            ("blobs pardoned", self.pardons),
            ("writes", self.writes), ("reads", self.reads),
        ]
    }

    /// The paths that were never taken.
    package var missing: [String] { self.counts.filter { $0.count == 0 }.map(\.name) }

    package static func += (left: inout Probes, right: Probes) {
        left.crashes += right.crashes
        left.wipes += right.wipes
        left.damages += right.damages
        left.misdirections += right.misdirections
        left.clockJumps += right.clockJumps
        left.cuts += right.cuts
        left.pauses += right.pauses
        left.stalls += right.stalls
        left.rots += right.rots
        left.switchovers += right.switchovers
        left.viewChanges += right.viewChanges
        left.installations += right.installations
        left.adoptions += right.adoptions
        left.truncations += right.truncations
        left.orphans += right.orphans
        left.undecided += right.undecided
        left.trusts += right.trusts
        left.repairs += right.repairs
        left.bulkRequests += right.bulkRequests
        left.resends += right.resends
        left.losses += right.losses
        left.fullDisks += right.fullDisks
        left.failovers += right.failovers
        left.replacements += right.replacements
        left.growths += right.growths
        left.strandedVoters += right.strandedVoters
        left.elections += right.elections
        left.observerLeads += right.observerLeads
        left.floors += right.floors
        left.collections += right.collections
        left.collectedBlobs += right.collectedBlobs
        left.revivals += right.revivals
        left.pardons += right.pardons
        left.writes += right.writes
        left.reads += right.reads
    }
}
