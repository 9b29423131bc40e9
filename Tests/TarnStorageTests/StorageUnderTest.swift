import Glibc
import TarnStorage
import Testing

/// The implementations that the conformance suite runs over.
enum StorageUnderTest: String, CaseIterable, CustomTestStringConvertible {
    case posix
    case memory
    case faulty

    var testDescription: String { self.rawValue }

    /// Runs `body` with a storage and a directory in it that exists and is empty.
    func run(_ body: (any Storage, String) throws -> Void) throws {
        switch self {
        case .memory: try Self.run(MemoryStorage(), body)
        case .faulty: try Self.run(FaultyStorage(), body)
        case .posix:
            let directory = try Self.makeTemporaryDirectory()
            defer { Self.removeTree(directory) }
            try body(PosixStorage(), directory)
        }
    }

    private static func run(_ storage: some Storage, _ body: (any Storage, String) throws -> Void) throws {
        try storage.makeDirectory("/data")
        try body(storage, "/data")
    }

    static func makeTemporaryDirectory() throws -> String {
        var template = Array("/tmp/tarn-storage-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw StorageError(.other, path: "/tmp", "no temporary directory") }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    static func removeTree(_ directory: String) {
        let storage = PosixStorage()
        for listing in (try? storage.list(directory)) ?? [] {
            let path = "\(directory)/\(listing.name)"
            if listing.isDirectory { self.removeTree(path) } else { try? storage.remove(path) }
        }
        rmdir(directory)
    }
}
