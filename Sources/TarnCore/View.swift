/// The reign of one primary. Even views are led by the first datacentre, odd views by the second; the third never
/// leads.
package struct View: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let number: UInt64

    package init(_ number: UInt64) {
        self.number = number
    }

    /// The index of the datacentre that leads this view: 0 or 1.
    package var primaryIndex: Int { Int(self.number & 1) }

    package static func < (left: View, right: View) -> Bool { left.number < right.number }
    package var description: String { String(self.number) }
}
