import Synchronization
import Testing

@testable import TarnStorage

@Suite("Free space")
struct FreeSpaceTests {
    private final class Clock: Sendable {
        let time = Mutex(ContinuousClock.now)
    }

    @Test("plenty is believed for a moment, little is asked for each time")
    func remembering() throws {
        let clock = Clock()
        let space = FreeSpace { clock.time.withLock { $0 } }
        #expect(space.answer("/a", FreeSpace.bytesMin) == FreeSpace.bytesMin)
        #expect(space.answer("/a", 1) == FreeSpace.bytesMin)
        #expect(space.answer("/b", 2) == 2)
        #expect(space.answer("/b", 3) == 3)
        #expect(space.answer("/a", FreeSpace.bytesMin) == FreeSpace.bytesMin)
        clock.time.withLock { $0 += FreeSpace.ageMax }
        #expect(space.answer("/a", 4) == 4)
        #expect(space.answer("/a", 5) == 5)
    }

    @Test("what the file system refuses to say is refused")
    func failure() {
        let space = FreeSpace { .now }
        #expect(throws: StorageError.self) {
            try space.bytesCount(at: "/a") { () throws(StorageError) in throw StorageError(.notFound, path: "/a", "?") }
        }
    }
}

extension FreeSpace {
    fileprivate func answer(_ path: String, _ bytesCount: UInt64) -> UInt64? {
        try? self.bytesCount(at: path) { () throws(StorageError) in bytesCount }
    }
}
