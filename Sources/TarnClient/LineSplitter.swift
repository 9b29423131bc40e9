internal import Synchronization

/// Cuts a stream of bytes into lines.
final class LineSplitter: Sendable {
    private let bytesMax: Int
    private let pending = Mutex<[UInt8]>([])

    init(bytesMax: Int) {
        self.bytesMax = bytesMax
    }

    /// The lines that `part` completes, without their ends; empty ones are left out. Throws when one is too long.
    func append(_ part: [UInt8]) throws -> [[UInt8]] {
        try self.pending.withLock { pending in
            pending.append(contentsOf: part)
            guard let end = pending.lastIndex(of: 0x0a) else {
                guard pending.count <= self.bytesMax else {
                    throw ClientError(.failed, "a line of over \(self.bytesMax) bytes in the answer")
                }
                return []
            }
            let lines = pending[..<end].split(separator: 0x0a).map { Array($0) }
            pending.removeSubrange(...end)
            return lines
        }
    }
}
