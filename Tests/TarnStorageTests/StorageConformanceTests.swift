import TarnStorage
import Testing

@Suite("Every storage")
struct StorageConformanceTests {
    @Test("reads what was written, and fewer bytes at the end", arguments: StorageUnderTest.allCases)
    func readBack(kind: StorageUnderTest) throws {
        try kind.run { storage, directory in
            let file = try storage.open("\(directory)/a", .create)
            try file.write([1, 2, 3, 4, 5], at: 0)
            #expect(try file.read(at: 1, count: 3) == [2, 3, 4])
            #expect(try file.read(at: 3, count: 10) == [4, 5])
            #expect(try file.read(at: 5, count: 10) == [])
            #expect(try file.read(at: 50, count: 10) == [])
            #expect(try storage.open("\(directory)/a", .read).read(at: 0, count: 9) == [1, 2, 3, 4, 5])
        }
    }

    @Test("a write behind the end leaves zeros between", arguments: StorageUnderTest.allCases)
    func gap(kind: StorageUnderTest) throws {
        try kind.run { storage, directory in
            let file = try storage.open("\(directory)/a", .create)
            try file.write([9], at: 4)
            #expect(try file.read(at: 0, count: 9) == [0, 0, 0, 0, 9])
            try file.write([7, 7], at: 3)
            #expect(try file.read(at: 0, count: 9) == [0, 0, 0, 7, 7])
            try file.write([], at: 100)
            #expect(try file.bytesCount() == 5)
        }
    }

    @Test("truncating cuts and extends, allocating changes nothing", arguments: StorageUnderTest.allCases)
    func truncate(kind: StorageUnderTest) throws {
        try kind.run { storage, directory in
            let file = try storage.open("\(directory)/a", .create)
            try file.write([1, 2, 3], at: 0)
            try file.truncate(to: 1)
            #expect(try file.bytesCount() == 1)
            try file.truncate(to: 3)
            #expect(try file.read(at: 0, count: 9) == [1, 0, 0])
            try file.allocate(8_192)
            #expect(try file.bytesCount() == 3)
            try file.synchronize()
        }
    }

    @Test("opening tells what is missing and what is there already", arguments: StorageUnderTest.allCases)
    func openModes(kind: StorageUnderTest) throws {
        try kind.run { storage, directory in
            for mode in [OpenMode.read, .write, .direct] {
                let error = #expect(throws: StorageError.self) { _ = try storage.open("\(directory)/a", mode) }
                #expect(error?.code == .notFound && error?.description.contains("/a") ?? false)
            }
            _ = try storage.open("\(directory)/a", .create)
            let error = #expect(throws: StorageError.self) { _ = try storage.open("\(directory)/a", .create) }
            #expect(error?.code == .alreadyExists)
            let orphan = #expect(throws: StorageError.self) { _ = try storage.open("\(directory)/none/a", .create) }
            #expect(orphan?.code == .notFound)
        }
    }

    @Test("lists files and directories by name", arguments: StorageUnderTest.allCases)
    func list(kind: StorageUnderTest) throws {
        try kind.run { storage, directory in
            try storage.makeDirectory("\(directory)/d")
            try storage.makeDirectory("\(directory)/d")
            try storage.open("\(directory)/b", .create).write([1, 2], at: 0)
            _ = try storage.open("\(directory)/a", .create)
            _ = try storage.open("\(directory)/d/inner", .create)
            let listing = try storage.list(directory)
            #expect(listing.map(\.name) == ["a", "b", "d"])
            #expect(listing.map(\.isDirectory) == [false, false, true])
            #expect(listing.first { $0.name == "b" }?.bytesCount == 2)
            #expect(throws: StorageError.self) { try storage.list("\(directory)/none") }
            #expect(throws: StorageError.self) { try storage.makeDirectory("\(directory)/none/deeper") }
        }
    }

    @Test("renaming replaces, removing removes, and open files stay readable", arguments: StorageUnderTest.allCases)
    func names(kind: StorageUnderTest) throws {
        try kind.run { storage, directory in
            let old = try storage.open("\(directory)/a", .create)
            try old.write([1], at: 0)
            try storage.open("\(directory)/b", .create).write([2], at: 0)
            try storage.rename("\(directory)/b", to: "\(directory)/a")
            try storage.synchronizeDirectory(directory)
            #expect(try storage.list(directory).map(\.name) == ["a"])
            #expect(try storage.open("\(directory)/a", .read).read(at: 0, count: 1) == [2])
            #expect(try old.read(at: 0, count: 1) == [1])
            try storage.remove("\(directory)/a")
            #expect(try storage.list(directory).isEmpty)
            #expect(throws: StorageError.self) { try storage.remove("\(directory)/a") }
            #expect(throws: StorageError.self) { try storage.rename("\(directory)/a", to: "\(directory)/c") }
        }
    }

    @Test("a lock excludes others until it is released or dropped", arguments: StorageUnderTest.allCases)
    func lock(kind: StorageUnderTest) throws {
        try kind.run { storage, directory in
            let path = "\(directory)/lock"
            let first = try storage.lock(path)
            let error = #expect(throws: StorageError.self) { _ = try storage.lock(path) }
            #expect(error?.code == .locked && error?.description.contains("another node") ?? false)
            first.release()
            do {
                let second = try storage.lock(path)
                withExtendedLifetime(second) {}
            }
            let third = try storage.lock(path)
            third.release()
        }
    }

    @Test("reading past the cache gives the same bytes at any offset", arguments: StorageUnderTest.allCases)
    func verifyMode(kind: StorageUnderTest) throws {
        try kind.run { storage, directory in
            let bytes = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 * 7) }
            let file = try storage.open("\(directory)/a", .create)
            try file.write(bytes, at: 0)
            try file.synchronize()
            // Some file systems (tmpfs) refuse to read past the cache.
            guard let direct = try? storage.open("\(directory)/a", .direct) else { return }
            for (offset, count) in [(0, 10_000), (1, 5), (4_090, 20), (4_096, 4_096), (9_990, 100), (20_000, 5)] {
                #expect(try direct.read(at: offset, count: count) == Array(bytes.dropFirst(offset).prefix(count)))
            }
        }
    }

    @Test("free space is known", arguments: StorageUnderTest.allCases)
    func freeSpace(kind: StorageUnderTest) throws {
        try kind.run { storage, directory in
            let count = try storage.freeBytesCount(at: directory)
            #expect(count > 0)
        }
    }
}
