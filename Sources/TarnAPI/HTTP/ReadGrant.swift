internal import Hummingbird
internal import TarnCore
internal import TarnNode

/// What a read was promised before it was answered, and how the answer says so.
struct ReadGrant: Sendable {
    let level: ReadLevel
    /// The answer must not be of an older state than this.
    let op: Op?
    /// What was known of the node's state before it was read.
    let proof: StateProof?

    /// Names the level that was served and how stale the answer is at most, in milliseconds: whatever was acknowledged
    /// longer ago is in it. An answer about an older state than the proof covers says `unknown`.
    func stamp(_ response: inout Response, head: CommittedHead) {
        response.stamp(op: head.op, root: head.root)
        response.headers[.tarnRead] = self.level.description
        guard let proof, let op = response.headers[.tarnOp].flatMap({ UInt64($0) }), op >= proof.op.number else {
            response.headers[.tarnStaleAtMost] = "unknown"
            return
        }
        let age = proof.ageMilliseconds(now: WallClock.monotonicNanoseconds())
        response.headers[.tarnStaleAtMost] = String(age)
    }
}
