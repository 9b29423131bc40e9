import Synchronization
import TarnNode

/// How current the fake node is: what a test says.
extension FakeNode {
    func checkServing() throws {
        if let trouble = self.state.withLock({ $0.trouble }) { throw NodeError(.unavailable, trouble) }
    }

    func repair() async throws -> RepairReport { throw NodeError(.unavailable, "nobody to compare with") }

    var proof: StateProof? { self.state.withLock { $0.proof } }

    func proof(withinMilliseconds bound: UInt64) async throws -> StateProof {
        guard let proof = self.proof, proof.ageMilliseconds(now: WallClock.monotonicNanoseconds()) <= bound else {
            throw NodeError(.unavailable, "read=bounded(\(bound)) cannot be kept")
        }
        return proof
    }

    func set(proof: StateProof?) { self.state.withLock { $0.proof = proof } }
}
