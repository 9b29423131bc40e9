import Foundation
import Logging
import Synchronization
import TarnCore
import TarnNotebook
import TarnTestKit
import Testing

@testable import TarnCatalog

/// Contents by address, in memory.
final class MemoryContent: CatalogContentSource {
    struct Missing: Error {}

    private let blobs = Mutex<[BlobAddress: [UInt8]]>([:])

    /// An entry with `bytes`, which can be read from now on; notebooks under `/workspace` are recognised.
    func file(_ bytes: [UInt8], at path: String, attributes: [String: String] = [:]) throws -> Entry {
        let address = PureSHA256.digest(bytes)
        self.blobs.withLock { $0[address] = bytes }
        var values = attributes
        if path.hasPrefix("/workspace/"), let name = path.split(separator: "/").last {
            values.merge(NotebookRecognition.attributes(name: String(name), content: bytes)) { $1 }
        }
        return try Entry.file(content: address, size: UInt64(bytes.count), attributes: Attributes(values))
    }

    /// Makes the content of `entry` unreadable.
    func lose(_ entry: Entry) {
        self.blobs.withLock { $0[entry.content] = nil }
    }

    func content(of entry: Entry, bytesMax: Int) async throws -> [UInt8] {
        guard let bytes = self.blobs.withLock({ $0[entry.content] }) else { throw Missing() }
        return bytes
    }
}

/// A catalog in a directory of its own, fed with a namespace that is kept beside it.
final class CatalogFixture {
    let directory: String
    let content = MemoryContent()
    private(set) var catalog: Catalog
    private(set) var entries: [NamespacePath: Entry] = [:]
    private(set) var headers: [LogHeader] = []
    private let configuration: Catalog.Configuration

    init(isSearchEnabled: Bool = true, _ change: (inout Catalog.Configuration) -> Void = { _ in }) async throws {
        self.directory = NSTemporaryDirectory() + "tarn-catalog-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: self.directory, withIntermediateDirectories: true)
        var configuration = Catalog.Configuration(
            directory: self.directory,
            clusterName: "test",
            isSearchEnabled: isSearchEnabled
        )
        configuration.idleMilliseconds = 0
        change(&configuration)
        self.configuration = configuration
        self.catalog = try await Self.open(configuration, content: self.content)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: self.directory)
    }

    var path: String { "\(self.directory)/index.sqlite" }

    /// Closes the catalog, lets `between` do harm to its files and opens it again.
    func reopen(
        clusterName: String = "test",
        between: (String) throws -> Void = { _ in }
    ) async throws {
        try await self.catalog.close()
        try between(self.path)
        var configuration = self.configuration
        configuration.clusterName = clusterName
        self.catalog = try await Self.open(configuration, content: self.content)
    }

    private static func open(_ configuration: Catalog.Configuration, content: MemoryContent) async throws -> Catalog {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return try await Catalog.open(configuration, content: content, logger: logger)
    }

    // MARK: Changing the namespace

    /// Applies one op: `nil` deletes.
    func apply(_ changes: [(String, Entry?)]) async throws {
        try await self.catalog.apply([try self.nextOp(changes)])
    }

    /// Puts files with these contents, with the directories above them, in one op.
    func put(_ files: [(String, String)]) async throws {
        try await self.apply(try self.withDirectories(files.map { ($0.0, Array($0.1.utf8)) }))
    }

    func withDirectories(_ files: [(String, [UInt8])]) throws -> [(String, Entry?)] {
        var changes: [String: Entry] = [:]
        for (text, bytes) in files {
            var path = try NamespacePath(text)
            changes[text] = try self.content.file(bytes, at: text, attributes: ["created_at": "1700000000123456"])
            while let parent = path.parent, parent != .root {
                if self.entries[parent] == nil { changes[parent.string] = .directory() }
                path = parent
            }
        }
        return changes.map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 }
    }

    /// Makes the next op of the log from `changes`, without applying it.
    func nextOp(_ changes: [(String, Entry?)]) throws -> AppliedOp {
        let applied = try changes.map { path, new in
            let path = try NamespacePath(path)
            return AppliedChange(path: path, old: self.entries[path], new: new)
        }
        for change in applied { self.entries[change.path] = change.new }
        let header = try Self.header(op: UInt64(self.headers.count), parent: self.headers.last)
        self.headers.append(header)
        return AppliedOp(header: header, changes: applied)
    }

    static func header(op: UInt64, parent: LogHeader?) throws -> LogHeader {
        LogHeader(
            op: Op(op),
            view: View(2),
            kind: op == 0 ? .genesis : .changeSet,
            configurationEpoch: 0,
            timestampMicroseconds: 1_700_000_000_000_000 + op,
            author: "mária",
            request: try RequestID(client: "cli", number: op),
            parent: parent?.hash(PureSHA256.self) ?? .zero,
            root: Digest(words: op, 1, 2, 3),
            body: .zero,
            bodyBytesCount: 7,
            closureCount: 1,
            closureBytesCount: 2
        )
    }

    // MARK: Asking

    func rows(_ sql: String, _ parameters: [CatalogValue] = []) async throws -> [[CatalogValue]] {
        try await self.catalog.query(sql, parameters: parameters).rows
    }

    /// The first column as text.
    func texts(_ sql: String, _ parameters: [CatalogValue] = []) async throws -> [String] {
        try await self.rows(sql, parameters).map { row in
            guard case .text(let text) = row[0] else { return "\(row[0])" }
            return text
        }
    }

    /// The paths of a search's hits, after everything was indexed.
    func found(_ words: String) async throws -> [String] {
        _ = try await self.catalog.catchUp()
        return try await self.catalog.search(words, limit: 100).hits.map(\.path.string).sorted()
    }

    /// Every row of every view that the namespace and the log determine, each view ordered.
    func contents() async throws -> [String: [[CatalogValue]]] {
        var contents: [String: [[CatalogValue]]] = [:]
        for view in Catalog.documentation where view.name != "datacenters" {
            // A rebuilt catalog does not know how many entries each old op changed.
            let columns = view.columns.map(\.name).filter { view.name != "change_sets" || $0 != "changes" }
            let list = columns.joined(separator: ", ")
            contents[view.name] = try await self.rows("SELECT \(list) FROM \(view.name) ORDER BY \(list)")
        }
        return contents
    }
}

/// The code of the ``CatalogError`` that `body` throws, or nil.
func code(_ body: () async throws -> Void) async -> CatalogError.Code? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? CatalogError)?.code
    }
}
