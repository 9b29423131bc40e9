internal import TarnCore

/// The files that are still to be read, in order, cut into batches that fit one staging request.
struct ReadQueue {

    private var small: [ImportPlan.Read] = []
    private var smallPosition = 0
    private var large: [ImportPlan.Read] = []
    private var largePosition = 0

    /// `reads` in the order in which they are wanted.
    init(_ reads: [ImportPlan.Read], _ tree: SourceTree) {
        for read in reads { self.add(read, tree) }
    }

    var hasSmall: Bool { self.smallPosition < self.small.count }
    var hasLarge: Bool { self.largePosition < self.large.count }

    /// Puts a file behind the others, with the size that `tree` has for it now.
    mutating func add(_ read: ImportPlan.Read, _ tree: SourceTree) {
        if tree.items[read.index].stamp.size > UInt64(Limits.blobBytesMax) {
            self.large.append(read)
        } else {
            self.small.append(read)
        }
    }

    /// The next files whose contents together have at most ``Limits/stageBatchBytesMax`` bytes.
    mutating func nextBatch(_ tree: SourceTree) -> [ReadOrder] {
        var orders: [ReadOrder] = []
        var bytesCount = 0
        while self.hasSmall, orders.count < Limits.importBatchCountMax {
            let order = Self.order(self.small[self.smallPosition], tree)
            guard orders.isEmpty || bytesCount + Int(order.stamp.size) <= Limits.stageBatchBytesMax else { break }
            bytesCount += Int(order.stamp.size)
            orders.append(order)
            self.smallPosition += 1
        }
        return orders
    }

    mutating func nextLarge(_ tree: SourceTree) -> ReadOrder {
        defer { self.largePosition += 1 }
        return Self.order(self.large[self.largePosition], tree)
    }

    private static func order(_ read: ImportPlan.Read, _ tree: SourceTree) -> ReadOrder {
        ReadOrder(
            index: read.index,
            path: Array(tree.path(at: read.index)),
            stamp: tree.items[read.index].stamp,
            known: read.known
        )
    }
}
