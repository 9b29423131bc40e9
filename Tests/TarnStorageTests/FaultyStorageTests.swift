import TarnStorage
import Testing

@Suite("Faulty storage")
struct FaultyStorageTests {
    private func open(_ plan: FaultPlan = FaultPlan()) throws -> (storage: FaultyStorage, file: any StorageFile) {
        let storage = FaultyStorage(plan: plan)
        return (storage, try storage.open("/a", .create))
    }

    private func survivor(_ storage: FaultyStorage, _ loss: FaultPlan.Loss) -> [UInt8]? {
        storage.crash(loss).content(of: "/a")
    }

    @Test("a crash forgets what was not synchronized")
    func forgets() throws {
        let (storage, file) = try self.open()
        try storage.synchronizeDirectory("/")
        try file.write([1, 2], at: 0)
        try file.synchronize()
        try file.write([3], at: 0)
        #expect(storage.content(of: "/a") == [3, 2])
        #expect(self.survivor(storage, .everything) == [1, 2])
    }

    @Test("a crash may also forget nothing")
    func keeps() throws {
        let (storage, file) = try self.open()
        try file.write([1, 2], at: 0)
        #expect(self.survivor(storage, .nothing) == [1, 2])
    }

    @Test("a name is durable only after its directory was synchronized")
    func names() throws {
        let (storage, file) = try self.open()
        try file.write([1], at: 0)
        try file.synchronize()
        #expect(self.survivor(storage, .everything) == nil)
    }

    @Test("a rename is lost with its directory, and the old name comes back")
    func rename() throws {
        let (storage, file) = try self.open()
        try file.write([1], at: 0)
        try file.synchronize()
        try storage.synchronizeDirectory("/")
        try storage.rename("/a", to: "/b")
        let image = storage.crash(.everything)
        #expect(image.content(of: "/a") == [1] && image.content(of: "/b") == nil)
    }

    @Test("a random crash tears writes at sectors and is the same for the same seed")
    func torn() throws {
        var seen: Set<[UInt8]?> = []
        for seed in 0..<40 as Range<UInt64> {
            var survivors: [[UInt8]?] = []
            for _ in 0..<2 {
                let (storage, file) = try self.open()
                try storage.synchronizeDirectory("/")
                try file.write([UInt8](repeating: 1, count: 1_024), at: 0)
                try file.synchronize()
                try file.write([UInt8](repeating: 2, count: 1_024), at: 0)
                survivors.append(self.survivor(storage, .random(seed: seed)))
            }
            #expect(survivors[0] == survivors[1])
            seen.insert(survivors[0])
        }
        #expect(seen.count == 4)
    }

    @Test("every call after a crash fails as crashed")
    func afterCrash() throws {
        let (storage, file) = try self.open(FaultPlan(faults: [1: .crash]))
        for _ in 0..<2 {
            let error = #expect(throws: StorageError.self) { try file.write([1, 2, 3, 4], at: 0) }
            #expect(error?.code == .crashed)
        }
        #expect(throws: StorageError.self) { _ = try file.read(at: 0, count: 1) }
        #expect(throws: StorageError.self) { _ = try storage.list("/") }
        #expect(self.survivor(storage, .nothing) == [1, 2])
    }

    @Test("planned faults happen at their step and no other")
    func faults() throws {
        let (storage, file) = try self.open(FaultPlan(faults: [1: .noSpace, 2: .shortWrite, 3: .inputOutput]))
        #expect(throws: StorageError.self) { try file.write([1, 2], at: 0) }
        #expect(storage.content(of: "/a") == [])
        #expect(throws: StorageError.self) { try file.write([1, 2], at: 0) }
        #expect(storage.content(of: "/a") == [1])
        #expect(throws: StorageError.self) { try file.synchronize() }
        try file.write([1, 2], at: 0)
        #expect(storage.stepCount == 5)
    }

    @Test("a failed synchronization loses pages that a later one does not bring back")
    func lostPages() throws {
        let (storage, file) = try self.open(FaultPlan(faults: [3: .inputOutput]))
        try storage.synchronizeDirectory("/")
        try file.write([UInt8](repeating: 1, count: 1_024), at: 0)
        #expect(throws: StorageError.self) { try file.synchronize() }
        try file.synchronize()
        #expect(storage.content(of: "/a") == [UInt8](repeating: 1, count: 1_024))
        #expect(self.survivor(storage, .everything) == [UInt8](repeating: 1, count: 512))
    }

    @Test("a full disk takes what fits, and more when there is room again")
    func full() throws {
        let (storage, file) = try self.open()
        storage.setCapacity(10)
        #expect(try storage.freeBytesCount(at: "/") == 10)
        let error = #expect(throws: StorageError.self) { try file.write([UInt8](repeating: 1, count: 11), at: 0) }
        #expect(error?.code == .noSpace)
        try file.truncate(to: 0)
        try file.write([UInt8](repeating: 1, count: 10), at: 0)
        storage.setCapacity(20)
        try file.write([UInt8](repeating: 1, count: 10), at: 10)
    }

    @Test("bad sectors cannot be read and flipped bits stay flipped")
    func damage() throws {
        let (storage, file) = try self.open(FaultPlan(badSectors: [.init(path: "/a", range: 4..<6)]))
        try storage.synchronizeDirectory("/")
        try file.write([UInt8](repeating: 0, count: 8), at: 0)
        try file.synchronize()
        #expect(throws: StorageError.self) { try file.read(at: 0, count: 8) }
        #expect(try file.read(at: 6, count: 2) == [0, 0])
        storage.flip(bit: 57, of: "/a")
        #expect(self.survivor(storage, .everything) == [0, 0, 0, 0, 0, 0, 0, 2])
    }
}
