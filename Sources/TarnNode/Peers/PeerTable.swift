internal import Synchronization
internal import TarnConsensus
internal import TarnCore

/// What this node last heard of every other member, directly or through a third one.
final class PeerTable: Sendable {
    /// A member not heard from for this long is shown as unreachable.
    private static let reachableNanoseconds: UInt64 = 2_000_000_000

    struct Record: Sendable {
        var head: Heads.Head?
        var heardAtNanoseconds: UInt64?
        var roundTripMilliseconds: Double?
        /// Blobs and entries that the member pulled from here.
        var servedBytesCount: UInt64 = 0
    }

    private let records: Mutex<[DatacenterID: Record]> = Mutex([:])

    /// Notes what came from `sender` itself, and keeps what it tells of others where that is newer.
    func note(_ heads: Heads, from sender: DatacenterID, own: DatacenterID) {
        let now = WallClock.monotonicNanoseconds()
        self.records.withLock { records in
            for head in heads.heads where head.datacenter != own {
                let known = records[head.datacenter]?.head
                guard head.datacenter == sender || known.map({ $0.clockMicroseconds < head.clockMicroseconds }) ?? true
                else {
                    continue
                }
                records[head.datacenter, default: Record()].head = head
            }
            records[sender, default: Record()].heardAtNanoseconds = now
        }
    }

    /// Smooths round trips as TCP does: one eighth of the newest sample.
    func note(roundTripMilliseconds sample: Double, of peer: DatacenterID) {
        self.records.withLock { records in
            let old = records[peer]?.roundTripMilliseconds
            records[peer, default: Record()].roundTripMilliseconds = old.map { $0 * 0.875 + sample * 0.125 } ?? sample
        }
    }

    func note(servedBytesCount count: Int, to peer: DatacenterID) {
        self.records.withLock { $0[peer, default: Record()].servedBytesCount += UInt64(count) }
    }

    func record(of peer: DatacenterID) -> Record {
        self.records.withLock { $0[peer] ?? Record() }
    }

    func isReachable(_ peer: DatacenterID) -> Bool {
        guard let heardAt = self.record(of: peer).heardAtNanoseconds else { return false }
        return WallClock.monotonicNanoseconds() - heardAt < Self.reachableNanoseconds
    }

    /// The last known heads of the other members.
    var heads: [Heads.Head] {
        self.records.withLock { $0.values.compactMap(\.head) }.sorted { $0.datacenter < $1.datacenter }
    }
}
