internal import TarnCore

/// When a cluster came to another primary, put together from what its nodes noted.
package enum FailoverMoments {
    /// The moments of the first view after `start` in which an op was committed; none when no view ended since then.
    /// `changes` holds those of each node.
    package static func moments(_ changes: [[NodeCard.ViewChange]], since start: UInt64) -> [Waterfall.Name: UInt64] {
        let all = changes.flatMap { $0 }.filter { $0.leftAt >= start }
        guard let view = all.filter({ $0.committedAt != nil }).map(\.view).min() else { return [:] }
        let concerned = all.filter { $0.view <= view }
        let chosen = concerned.filter { $0.view == view }
        var moments: [Waterfall.Name: UInt64] = [:]
        moments[.firstSuspicion] = concerned.compactMap(\.suspectedAt).filter { $0 >= start }.min()
        moments[.exitQuorum] = concerned.map(\.leftAt).min()
        moments[.viewChosen] = chosen.compactMap(\.begunAt).min()
        moments[.firstNewCommit] = chosen.compactMap(\.committedAt).min()
        return moments
    }
}
