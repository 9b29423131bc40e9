internal import TarnClient
internal import TarnCore
package import TarnStorage

/// Objects as files of a folder, each under its final name only once it is complete and synced.
package struct FolderStore: ObjectStore {
    private static let pieceBytesMax = 4 << 20
    /// What a file is called until it is complete: its name with this behind it.
    private static let suffix = ".part"

    private let directory: String
    private let storage: any Storage

    /// The folder is made when something is written.
    package init(directory: String, storage: any Storage = PosixStorage()) {
        self.directory = directory
        self.storage = storage
    }

    package var description: String { "file://\(self.directory)" }

    package func list(_ folder: String) async throws -> [StoredObject] {
        let listing = try await self.unlessMissing { try self.storage.list("\(self.directory)/\(folder)") }
        return (listing ?? [])
            .filter { !$0.isDirectory && !$0.name.hasSuffix(Self.suffix) }
            .map { StoredObject(name: folder + $0.name, bytesCount: UInt64($0.bytesCount)) }
    }

    package func read(
        _ name: String,
        receive: @escaping @Sendable ([UInt8]) async throws -> Void
    ) async throws -> Bool {
        let file = try await self.unlessMissing { try self.storage.open("\(self.directory)/\(name)", .read) }
        guard let file else { return false }
        var offset = 0
        while true {
            let start = offset
            let piece = try await self.perform { try file.read(at: start, count: Self.pieceBytesMax) }
            guard !piece.isEmpty else { return true }
            offset += piece.count
            try await receive(piece)
        }
    }

    package func write(
        _ name: String,
        bytesCount: UInt64,
        piece: @escaping @Sendable (Range<UInt64>) async throws -> [UInt8]
    ) async throws {
        let path = "\(self.directory)/\(name)"
        let file = try await self.perform {
            try self.makeFolders(of: name)
            try? self.storage.remove(path + Self.suffix)
            return try self.storage.open(path + Self.suffix, .create)
        }
        do {
            try await self.fill(file, bytesCount: bytesCount, piece: piece)
        } catch {
            // Nobody may ever write this object again, and nothing lists what is left of it.
            try? await self.perform { try self.storage.remove(path + Self.suffix) }
            throw error
        }
        try await self.perform {
            try self.storage.rename(path + Self.suffix, to: path)
            try self.storage.synchronizeDirectory(Self.parent(of: path))
        }
    }

    /// Writes the pieces of an object to `file` and makes them durable.
    private func fill(
        _ file: any StorageFile,
        bytesCount: UInt64,
        piece: @escaping @Sendable (Range<UInt64>) async throws -> [UInt8]
    ) async throws {
        var offset: UInt64 = 0
        while offset < bytesCount {
            let range = offset..<min(bytesCount, offset + UInt64(Self.pieceBytesMax))
            let bytes = try await piece(range)
            try await self.perform { try file.write(bytes, at: Int(range.lowerBound)) }
            offset = range.upperBound
        }
        try await self.perform { try file.synchronize() }
    }

    package func remove(_ name: String) async throws {
        _ = try await self.unlessMissing { try self.storage.remove("\(self.directory)/\(name)") }
    }

    private func makeFolders(of name: String) throws {
        let parts = Self.parent(of: "\(self.directory)/\(name)").split(separator: "/").map(String.init)
        for count in parts.indices {
            let path = parts[...count].joined(separator: "/")
            try self.storage.makeDirectory(self.directory.hasPrefix("/") ? "/" + path : path)
        }
    }

    /// Runs `body` off the cooperative pool. Throws ``ClientError`` for what the storage refuses.
    private func perform<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        do {
            return try await BlockingWork.run(body)
        } catch let error as StorageError {
            throw Self.failure(error)
        }
    }

    /// The same; nil when there is no such file or folder.
    private func unlessMissing<Result: Sendable>(
        _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result? {
        do {
            return try await BlockingWork.run(body)
        } catch let error as StorageError {
            guard error.code == .notFound else { throw Self.failure(error) }
            return nil
        }
    }

    private static func parent(of path: String) -> String {
        path.utf8.lastIndex(of: 0x2f).map { String(path[..<$0]) } ?? "."
    }

    private static func failure(_ error: StorageError) -> ClientError { ClientError(.failed, "\(error)") }
}
