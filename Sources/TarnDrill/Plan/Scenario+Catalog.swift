internal import TarnCore

extension Scenario {
    /// Stands in for any cluster where only the kinds of the steps matter.
    static let exemplar = Roster(
        primary: DatacenterID.exemplar(1),
        standby: DatacenterID.exemplar(2),
        observer: DatacenterID.exemplar(3)
    )

    /// All scenarios, S1 to S15.
    package static let all: [Scenario] = [
        Self.plannedSwitchover, Self.killPrimary, Self.isolatePrimary, Self.cutPrimaries, Self.oneWayLoss,
        Self.staleStandby, Self.loseObserver, Self.restartBackups, Self.fillDisk, Self.corruptStandby, Self.clockJump,
        Self.pausePrimary, Self.replaceStandby, Self.failback, Self.loseTwo,
    ]

    private static let plannedSwitchover = Scenario(
        id: "S1",
        title: "Planned switchover",
        hypothesis: "The standby leads within a second of being asked to, and no write is lost or refused for good.",
        breaks: "nothing: the primary hands over under load",
        heals: "a switchover back",
        expectation: .writesReturn
    ) { seats in
        [.switchOver(to: seats.standby), .awaitWrites, .hold]
    }

    private static let killPrimary = Scenario(
        id: "S2",
        title: "Primary killed",
        hypothesis: "The standby leads and takes writes within six seconds; every acknowledged write is there.",
        breaks: "the primary's process ends at once, as in a power cut",
        heals: "the node is started again and catches up",
        expectation: .writesReturn
    ) { seats in
        [.inject(.kill(seats.primary)), .awaitOtherPrimary(than: seats.primary), .awaitWrites, .hold]
    }

    private static let isolatePrimary = Scenario(
        id: "S3",
        title: "Primary isolated",
        hypothesis: "A primary that nobody hears acknowledges nothing, and the standby leads within six seconds.",
        breaks: "both links of the primary, in both directions; clients still reach it",
        heals: "the links are mended; the old primary follows, and what it alone had ordered is an orphan",
        expectation: .writesReturn
    ) { seats in
        Self.cuts(seats.primary, seats.standby) + Self.cuts(seats.primary, seats.observer) + [
            .awaitOtherPrimary(than: seats.primary), .awaitWrites, .hold,
        ]
    }

    private static let cutPrimaries = Scenario(
        id: "S4",
        title: "Link between primary and standby cut",
        hypothesis: "Writes go on through the observer, and the standby keeps up by way of it.",
        breaks: "the link between primary and standby, in both directions",
        heals: "the link is mended",
        expectation: .writesReturn
    ) { seats in
        Self.cuts(seats.primary, seats.standby) + [.awaitWrites, .hold]
    }

    private static let oneWayLoss = Scenario(
        id: "S5",
        title: "Primary deaf",
        hypothesis: "A primary that can speak and not hear makes room; writes return within ten seconds.",
        breaks: "what standby and observer send to the primary",
        heals: "the links are mended",
        expectation: .writesReturn
    ) { seats in
        [
            .inject(.cut(from: seats.standby, to: seats.primary)),
            .inject(.cut(from: seats.observer, to: seats.primary)),
            .awaitOtherPrimary(than: seats.primary), .awaitWrites, .hold,
        ]
    }

    private static let staleStandby = Scenario(
        id: "S6",
        title: "Standby behind, then primary killed",
        hypothesis:
            "The newest acknowledged writes are at the observer alone; the standby gets them from there and leads.",
        breaks: "the standby stands still while writes go on, then the primary's process ends",
        heals: "the node is started again and catches up",
        expectation: .writesReturn
    ) { seats in
        [
            .inject(.pause(seats.standby)), .pause(milliseconds: 1_500), .inject(.kill(seats.primary)),
            .heal(.pause(seats.standby)), .awaitOtherPrimary(than: seats.primary), .awaitWrites, .hold,
        ]
    }

    private static let loseObserver = Scenario(
        id: "S7",
        title: "Observer killed",
        hypothesis: "Writes go on between primary and standby without a failover.",
        breaks: "the observer's process ends at once",
        heals: "the node is started again and catches up",
        expectation: .writesReturn
    ) { seats in
        [.inject(.kill(seats.observer)), .awaitWrites, .hold]
    }
}

extension Scenario {
    private static let restartBackups = Scenario(
        id: "S8",
        title: "Standby and observer restart together",
        hypothesis: "Writes stop while the primary is alone, return when the others do, and nothing is lost.",
        breaks: "the processes of standby and observer end at once",
        heals: "both nodes are started again",
        expectation: .writesReturn
    ) { seats in
        [
            .inject(.kill(seats.standby)), .inject(.kill(seats.observer)), .pause(milliseconds: 500),
            .heal(.kill(seats.standby)), .heal(.kill(seats.observer)), .awaitWrites, .hold,
        ]
    }

    private static let fillDisk = Scenario(
        id: "S9",
        title: "Disk of the primary full",
        hypothesis: "The primary refuses what does not fit and loses nothing; with space again it takes writes.",
        breaks: "the free space of the primary's disk",
        heals: "the space is given back",
        expectation: .writesReturnOnceHealed
    ) { seats in
        [.inject(.fill(seats.primary)), .hold, .heal(.fill(seats.primary)), .awaitWrites]
    }

    private static let corruptStandby = Scenario(
        id: "S10",
        title: "Stored bytes damaged at the standby, then failover",
        hypothesis: "Damage is found and healed from the others, also at a node that has to lead.",
        breaks: "bytes in the segments of the standby, then the primary's process",
        heals: "both nodes run again, and the damaged one scrubs itself",
        expectation: .writesReturn
    ) { seats in
        [
            .inject(.kill(seats.standby)), .inject(.corrupt(seats.standby)), .heal(.corrupt(seats.standby)),
            .awaitRedundancy, .inject(.kill(seats.primary)), .awaitOtherPrimary(than: seats.primary), .awaitWrites,
            .hold, .heal(.kill(seats.primary)), .awaitRedundancy, .scrub(seats.standby),
        ]
    }

    private static let clockJump = Scenario(
        id: "S11",
        title: "Clock of the primary jumps",
        hypothesis: "Order and acknowledgements do not depend on the time of day.",
        breaks: "the primary's wall clock, by an hour",
        heals: "the clock is set right",
        expectation: .writesReturn
    ) { seats in
        [.inject(.clock(seats.primary, seconds: 3_600)), .awaitWrites, .hold]
    }

    private static let pausePrimary = Scenario(
        id: "S12",
        title: "Primary stands still",
        hypothesis: "The standby leads within six seconds; the old primary serves nothing stale when it wakes up.",
        breaks: "the primary's process stops where it stands, and goes on later",
        heals: "the process goes on and follows",
        expectation: .writesReturn
    ) { seats in
        [
            .inject(.pause(seats.primary)), .awaitOtherPrimary(than: seats.primary), .awaitWrites, .hold,
            .heal(.pause(seats.primary)), .awaitWrites,
        ]
    }

    private static let replaceStandby = Scenario(
        id: "S13",
        title: "Standby destroyed and replaced",
        hypothesis: "Writes go on; an empty disk is filled from the others, and counts again only when it is complete.",
        breaks: "the standby's process and its whole data folder",
        heals: "the node is started with an empty folder",
        expectation: .writesReturn
    ) { seats in
        [
            .inject(.kill(seats.standby)), .inject(.wipe(seats.standby)), .awaitWrites, .hold,
            .heal(.kill(seats.standby)), .awaitRedundancy,
        ]
    }

    private static let failback = Scenario(
        id: "S14",
        title: "Failback",
        hypothesis: "After a failover the first primary catches up and leads again, without losing a write.",
        breaks: "the primary's process; later the new primary hands over under load",
        heals: "the node is started again; a switchover back",
        expectation: .writesReturn
    ) { seats in
        [
            .inject(.kill(seats.primary)), .awaitOtherPrimary(than: seats.primary), .awaitWrites,
            .heal(.kill(seats.primary)), .awaitRedundancy, .switchOver(to: seats.primary), .awaitWrites, .hold,
        ]
    }

    private static let loseTwo = Scenario(
        id: "S15",
        title: "Two datacentres gone",
        hypothesis: "The one that is left acknowledges nothing, keeps serving reads, and says what would be lost.",
        breaks: "the processes of primary and observer",
        heals: "both nodes are started again",
        expectation: .writesStop
    ) { seats in
        [
            .inject(.kill(seats.primary)), .inject(.kill(seats.observer)), .hold, .heal(.kill(seats.primary)),
            .heal(.kill(seats.observer)), .awaitWrites,
        ]
    }

    private static func cuts(_ one: DatacenterID, _ other: DatacenterID) -> [DrillStep] {
        [.inject(.cut(from: one, to: other)), .inject(.cut(from: other, to: one))]
    }
}

extension DatacenterID {
    fileprivate static func exemplar(_ number: Int) -> DatacenterID {
        guard let name = try? DatacenterID("dc\(number)") else { preconditionFailure("dc\(number) is a name") }
        return name
    }
}
