import TarnSegment
import TarnStorage
import Testing

@testable import TarnBlobStore

@Suite("Files of segments")
struct SegmentFilesTests {
    @Test("a segment that goes while it is being opened does not stay open")
    func removedWhileOpening() throws {
        let storage = WatchedStorage(MemoryStorage())
        try storage.makeDirectory("/data")
        let files = SegmentFiles(storage: storage, directory: "/data")
        try files.makeDirectories()
        files.register(7, .small)
        try storage.open(files.path(7, .small), .create).write([1, 2, 3], at: 0)
        #expect(try files.read(7, at: 0, count: 3) == [1, 2, 3])
        #expect(storage.lastOpened != nil)
        files.closeAll()
        #expect(storage.lastOpened == nil)
        storage.onOpen { files.unregister(7) }
        // Whoever was faster reads what was there.
        #expect(try files.read(7, at: 0, count: 3) == [1, 2, 3])
        #expect(storage.lastOpened == nil)
    }
}
