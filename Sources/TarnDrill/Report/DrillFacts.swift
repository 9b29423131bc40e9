internal import TarnCore

/// Everything that a drill found out, before it is judged.
struct DrillFacts: Sendable {
    let id: String
    let startedAt: UInt64
    /// When all copies were equal again and the first primary led.
    let settledAt: UInt64
    let endedAt: UInt64
    let settings: DrillSettings
    let roster: Roster
    let preflight: Preflight
    let evidence: Preflight.Evidence
    let trace: DrillTrace.State
    let writes: [WriteSample]
    let reads: [ReadSample]
    /// What the nodes say about views, asked at the end.
    let cards: [NodeCard]
    let abortReason: String?
    /// What the rehearsal predicted; nil without one.
    var prediction: Prediction?
}
