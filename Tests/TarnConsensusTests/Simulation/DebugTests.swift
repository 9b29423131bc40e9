import TarnConsensus
import TarnCore
import Testing
@Test(arguments: 0..<2) func debugWide(half: Int) {
    for seed in 1_000 + UInt64(half) * 2500..<1_000 + UInt64(half + 1) * 2500 {
        if let v = ClusterSimulationTests.violation(seed: seed, options: ClusterSimulationTests.options(seed: seed)) { Issue.record("\(v)") }
    }
}
@Test(arguments: Mutant.allCases) func debugMutants(mutant: Mutant) {
    var n = 0; var firsts: [UInt64] = []
    for seed in 0..<UInt64(60) {
        var o = ClusterSimulationTests.options(seed: seed); o.mutant = mutant
        o.foreignPermille = mutant == .acceptsAnyParent ? 5 : 0
        if let v = ClusterSimulationTests.violation(seed: seed, options: o) { n += 1; if firsts.count < 2 { firsts.append(seed); if mutant.rawValue > "storesU" || n < 0 || [.restartsEmpty, .acceptsAnyParent].contains(mutant) { Issue.record("\(mutant) \(v)") } } }
    }
    Issue.record("\(mutant): \(n) of 60, \(firsts)")
}
