import Glibc
import TarnCore
import TarnTestKit
import Testing

@testable import TarnClient

/// A file that is written in pieces, some of which go past the page cache.
@Suite struct ExportFileTests {
    let folder: TemporaryFolder

    init() throws {
        self.folder = try TemporaryFolder()
    }

    /// Lengths of pieces: what may go past the cache and what may not, in every order.
    static let lengths: [[Int]] = {
        let direct = Limits.exportDirectBytesMin
        return [
            [direct], [direct, 17], [17, direct], [direct, direct + 1, direct],
            [4 * direct, 4 * direct, 4_096, direct],
            [4_096, direct, 1, 4_095, 2 * direct], [direct - 4_096, direct + 4_096], [0, direct, 0],
        ]
    }()

    @Test(arguments: lengths) func theFileHoldsAllPiecesInOrder(lengths: [Int]) throws {
        var random = SplitMix64(seed: UInt64(lengths.count))
        let pieces = lengths.map { random.bytes($0) }
        let parent = OpenFolder(try FileDescriptor(self.folder.path, O_RDONLY | O_DIRECTORY))
        let file = try ExportFile(parent: parent, name: "out", temporaryName: ".out")
        for piece in pieces { try file.append(piece) }
        #expect(throws: (any Error).self) { try self.folder.read("out") }
        let stamp = try file.publish(modifiedNanoseconds: 1_500_000_000_000_000_001)
        #expect(stamp.size == UInt64(lengths.reduce(0, +)))
        #expect(try self.folder.read("out") == Array(pieces.joined()))
        #expect(throws: (any Error).self) { try self.folder.read(".out") }
    }

    @Test func anAlignedBlockIsWrittenPastTheCacheAndTheRestByWayOfIt() throws {
        // A file system that does not know the flag has nothing to show.
        let file = try FileDescriptor("\(self.folder.path)/raw", O_WRONLY | O_CREAT | O_EXCL)
        guard file.setBypassingCache(true) else { return }
        try AlignedBlock().write([UInt8](repeating: 7, count: 2 * Limits.exportDirectBytesMin + 4_096), to: file)
        let isCachedAgain = file.setBypassingCache(false)
        #expect(isCachedAgain)
        try file.write(all: [1, 2, 3])
        let content = try self.folder.read("raw")
        #expect(content.count == 2 * Limits.exportDirectBytesMin + 4_099)
        #expect(content.suffix(4) == [7, 1, 2, 3])
    }
}
