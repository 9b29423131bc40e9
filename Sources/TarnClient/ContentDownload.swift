internal import Glibc
package import TarnCore

/// Gets the content of one file to a place that it takes only when it is complete and verified, or to a stream.
package struct ContentDownload: Sendable {
    private let reader: RangeReader

    /// Looks up what stands at `path`. Throws with code `rejected` for nothing, `usage` for a directory.
    package init(client: TarnHTTPClient, path: NamespacePath, selector: String?) async throws {
        guard let found = try await client.entry(at: path, at: selector), let op = found.op else {
            throw ClientError(.rejected, "there is nothing at \(path)", status: 404, errorCode: "NOT_FOUND")
        }
        guard !found.entry.isDirectory else {
            throw ClientError(.usage, "\(path) is a directory; use 'tarn export' to get all of it")
        }
        self.reader = RangeReader(client: client, path: path, entry: found.entry, op: op)
    }

    package var entry: Entry { self.reader.entry }
    package var op: Op { self.reader.op }

    /// Gives the content in order to `receive`; throws at the end when it was not what the entry says.
    package func read(receive: @Sendable ([UInt8]) async throws -> Void) async throws {
        try await self.reader.read(receive: receive)
    }

    /// Writes the content to `location`, with its modification time; into a folder, under the name of the path. A
    /// regular file is replaced when all is there; a pipe, a device or what a link leads to is written through.
    package func write(to location: String) async throws {
        do {
            let standing = try await BlockingWork.run { try Self.kind(location) }
            switch standing {
            case .directory: try await self.replace("\(location)/\(self.reader.path.name)")
            case .file, nil: try await self.replace(location)
            case .symbolicLink, .other: try await self.writeThrough(location)
            }
        } catch let error as SystemError {
            throw ClientError(.failed, "cannot write \(location): \(error.reason)")
        }
    }

    private static func kind(_ location: String) throws(SystemError) -> FileStatus.Kind? {
        do throws(SystemError) {
            let kind = try FileStatus(location).kind
            // A link to a folder is as good as the folder.
            if kind == .symbolicLink, try FileStatus(location, followLink: true).kind == .directory {
                return .directory
            }
            return kind
        } catch {
            if error.isMissing { return nil }
            throw error
        }
    }

    private func replace(_ location: String) async throws {
        let slash = location.utf8.lastIndex(of: 0x2f)
        let directory = slash.map { $0 == location.startIndex ? "/" : String(location[..<$0]) } ?? "."
        let name = slash.map { String(location[location.utf8.index(after: $0)...]) } ?? location
        let file = try await BlockingWork.run {
            let parent = OpenFolder(try FileDescriptor(directory, O_RDONLY | O_DIRECTORY, followLink: true))
            TemporaryName.sweep(parent)
            return try ExportFile(parent: parent, name: name, temporaryName: TemporaryName.make(nil))
        }
        do {
            try await self.reader.read { bytes in try await BlockingWork.run { try file.append(bytes) } }
            let modified = self.entry.attributes.modifiedAtNanoseconds
            _ = try await BlockingWork.run { try file.publish(modifiedNanoseconds: modified) }
        } catch {
            file.discard()
            throw error
        }
    }

    private func writeThrough(_ location: String) async throws {
        let output = try await BlockingWork.run { try OutputFile(location) }
        try await self.reader.read { bytes in try await BlockingWork.run { try output.append(bytes) } }
    }

    /// Something that is written in place.
    private final class OutputFile: Sendable {
        private let file: FileDescriptor

        init(_ location: String) throws(SystemError) {
            self.file = try FileDescriptor(location, O_WRONLY | O_TRUNC, followLink: true)
        }

        func append(_ bytes: [UInt8]) throws(SystemError) {
            try self.file.write(all: bytes)
        }
    }
}
