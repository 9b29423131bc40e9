/// What the side that compares asks. Every request stands by itself: the side that answers remembers nothing.
package enum ComparisonRequest: Hashable, Sendable {
    /// Digests of the asking side; answered by what lies one level below where the answering side's differ.
    case frontier(Frontier)
    /// The entries that were named by their short digests.
    case entries([Frontier.Range])
}
