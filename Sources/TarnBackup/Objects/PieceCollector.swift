internal import Synchronization
internal import TarnClient

/// Gathers the pieces of an object that has to fit into memory.
final class PieceCollector: Sendable {
    private let name: String
    private let bytesMax: Int
    private let state = Mutex<[UInt8]>([])

    init(name: String, bytesMax: Int) {
        self.name = name
        self.bytesMax = bytesMax
    }

    var bytes: [UInt8] { self.state.withLock { $0 } }

    /// Throws ``ClientError`` when the object is larger than it may be.
    func append(_ piece: [UInt8]) throws {
        let isTooLarge = self.state.withLock { bytes in
            bytes += piece
            return bytes.count > self.bytesMax
        }
        guard !isTooLarge else {
            throw ClientError(.failed, "object \(self.name) has more than \(self.bytesMax) bytes: it is none of Tarn's")
        }
    }
}
