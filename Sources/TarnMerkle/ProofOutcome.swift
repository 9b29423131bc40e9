package import TarnCore

/// What a proof says about a path.
package enum ProofOutcome: Hashable, Sendable {
    /// The root covers this entry at the path.
    case included(Entry)
    /// The root covers no entry at the path.
    case absent
    /// The proof shows nothing, for this reason.
    case invalid(String)
}
