internal import TarnCore

/// What a plan dwells on. A mistake that shows only when a few faults meet is found by plans that have no others: where
/// everything goes wrong at once, each kind of fault keeps the others from happening, since no more may be lost than the
/// protocol promises to survive.
extension SimulationPlan {
    enum Profile: Sendable {
        /// A bit of everything.
        case mixed
        /// What was acknowledged rots while whoever else holds it is down.
        case rot
        /// A cluster of one loses its only voter for a while when it is about to grow.
        case growth

        /// The profile of `seed`: three in five are mixed.
        init(seed: UInt64) {
            var random = SeededRandom(seed: seed ^ 0x0f_11e5)
            self = random.pick([.mixed, .mixed, .mixed, .rot, .growth])
        }
    }

    /// Raises what `profile` dwells on and leaves out what gets in its way.
    mutating func dwell(on profile: Profile) {
        switch profile {
        case .mixed: break
        case .rot:
            self.crashPermyriad = 100
            self.cutPermyriad = 80
            self.rotPermyriad = 30
            self.rotsLastCopies = true
            self.growsFromOne = false
            self.replacePermyriad = 0
            self.damagePercent = 0
            self.wipePercent = 0
        case .growth:
            self.policy = .any2
            self.growsFromOne = true
            self.strandPermyriad = 2_000
            self.diskPace.slowPercent = 50
            self.crashPermyriad = 0
            self.cutPermyriad = 0
            // No write may take longer than that, the longest one while a log is stuck included.
            self.stagedTicks += 1_000
        }
    }
}
