/// A page of the disk: what goes bad together.
package enum SegmentPage {
    package static let bytesCount = 4_096

    /// Where the first page begins that does not begin before `offset`.
    package static func start(from offset: Int) -> Int {
        (offset + self.bytesCount - 1) & ~(self.bytesCount - 1)
    }
}
