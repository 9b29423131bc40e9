/// The reign of one primary. Even views are led by the first datacentre, odd views by the second. The third leads in
/// the views of ``allLead`` and later alone, which nobody enters before the log says that it may: who leads a view
/// depends on nothing but its number.
package struct View: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let number: UInt64

    package init(_ number: UInt64) {
        self.number = number
    }

    /// From this view on three datacentres take turns.
    package static let allLead = View(1 << 32)

    /// The index of the datacentre that leads this view.
    package var primaryIndex: Int { Int(self < Self.allLead ? self.number & 1 : self.number % 3) }

    /// The next view that the datacentre of index `member` leads; nil when it is the third and may not.
    package func next(ledBy member: Int, isObserverElectable: Bool) -> View? {
        guard member < 2 || isObserverElectable else { return nil }
        var view = isObserverElectable ? max(View(self.number + 1), Self.allLead) : View(self.number + 1)
        while view.primaryIndex != member { view = View(view.number + 1) }
        return view
    }

    package static func < (left: View, right: View) -> Bool { left.number < right.number }
    package var description: String { String(self.number) }
}
