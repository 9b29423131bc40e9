import Glibc
import Synchronization
import TarnCore
import TarnCrypto
import Testing

@testable import TarnClient

@Suite struct ImporterTests {
    let cluster = MemoryCluster()
    let folder: TemporaryFolder
    let state: TemporaryFolder

    init() throws {
        self.folder = try TemporaryFolder()
        self.state = try TemporaryFolder()
    }

    private func run(
        _ target: String = "/workspace/x",
        isMirror: Bool = false,
        patterns: [String] = [],
        isDryRun: Bool = false,
        warn: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> ImportResult {
        var options = Importer.Options(source: self.folder.path, target: try NamespacePath(target))
        options.isMirror = isMirror
        options.patterns = patterns
        options.isDryRun = isDryRun
        return try await Importer(
            client: try self.cluster.client(),
            options: options,
            stateFolder: StateFolder(path: self.state.path),
            warn: warn
        ).run()
    }

    /// Stamps of files written a moment ago are not trusted; this makes them old.
    private func age(_ names: String...) {
        for name in names { self.folder.setModified(name, 1_700_000_000_123_456_789) }
        // The time of the last change of an inode cannot be set, so that the clock must move on.
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        let end = now.tv_sec * 1_000_000_000 + now.tv_nsec + 120_000_000
        while now.tv_sec * 1_000_000_000 + now.tv_nsec < end { clock_gettime(CLOCK_MONOTONIC, &now) }
    }

    private func content(_ path: String) throws -> [UInt8]? {
        let entry = try self.cluster.entries[NamespacePath(path)]
        return self.cluster.state.withLock { state in entry.flatMap { state.blobs[$0.content] } }
    }

    @Test func aFolderArrivesWithItsNotebooksEmptyFoldersAndOddNames() async throws {
        try self.folder.write("a/n.py", "# Databricks notebook source\nprint(1)\n")
        try self.folder.write("a/plain ü#?%.py", "print(1)\n")
        try self.folder.write("empty file", "")
        try self.folder.makeDirectory("empty/deeper")
        self.folder.setModified("a/n.py", 1_700_000_000_123_456_789)
        let result = try await self.run()
        #expect(result.problems.isEmpty)
        #expect(result.filesCount == 3)
        #expect(result.newStoredBytesCount > 0)
        let entries = self.cluster.entries
        #expect(
            Set(entries.keys.map(\.string)) == [
                "/workspace", "/workspace/x", "/workspace/x/a", "/workspace/x/a/n.py", "/workspace/x/a/plain ü#?%.py",
                "/workspace/x/empty file", "/workspace/x/empty", "/workspace/x/empty/deeper",
            ]
        )
        let notebook = try #require(entries[try NamespacePath("/workspace/x/a/n.py")])
        #expect(notebook.attributes.isNotebook)
        #expect(notebook.attributes[Attributes.Key.language] == "PYTHON")
        #expect(notebook.attributes.modifiedAtNanoseconds == 1_700_000_000_123_456_789)
        #expect(entries[try NamespacePath("/workspace/x/a/plain ü#?%.py")]?.attributes.isNotebook == false)
        #expect(try self.content("/workspace/x/empty file") == [])
        #expect(result.op == self.cluster.op)
        #expect(result.root == NamespaceRules.root(entries))
    }

    @Test func notebooksAreRecognisedUnderWorkspaceOnly() async throws {
        try self.folder.write("n.py", "# Databricks notebook source\n")
        _ = try await self.run("/volumes/c/s/v")
        let entry = try #require(self.cluster.entries[try NamespacePath("/volumes/c/s/v/n.py")])
        #expect(!entry.attributes.isNotebook)
    }

    @Test func anUnchangedFolderIsNotReadAgain() async throws {
        try self.folder.write("a/b", "1")
        try self.folder.write("c", "2")
        self.age("a/b", "c")
        _ = try await self.run()
        self.cluster.forgetRequests()
        let op = self.cluster.op
        let result = try await self.run()
        #expect(result.unchangedCount == 2)
        #expect(result.filesReadCount == 0)
        #expect(result.changesCount == 0)
        #expect(self.cluster.op == op)
        #expect(self.cluster.requests == ["GET /v1/namespace/workspace/x"])
    }

    @Test func aFileTooYoungToBeTrustedIsComparedByContentAndNotSent() async throws {
        try self.folder.write("a", "1")
        _ = try await self.run()
        self.cluster.forgetRequests()
        let result = try await self.run()
        #expect(result.filesReadCount == 1)
        #expect(result.changesCount == 0)
        #expect(!self.cluster.requests.contains("POST /v1/stage"))
    }

    @Test func onlyWhatChangedIsSent() async throws {
        for index in 0..<20 { try self.folder.write("d/\(index)", "content \(index)") }
        self.age()
        _ = try await self.run()
        try self.folder.write("d/7", "other")
        try self.folder.write("d/new", "new")
        self.cluster.forgetRequests()
        let result = try await self.run()
        #expect(result.unchangedCount == 19)
        #expect(result.filesReadCount == 2)
        #expect(result.changesCount == 2)
        #expect(try self.content("/workspace/x/d/7") == Array("other".utf8))
        #expect(self.cluster.requests.filter { $0 == "POST /v1/stage" }.count == 1)
    }

    @Test func whatOthersChangeInTheTargetIsNoticedAndRepaired() async throws {
        for name in ["a", "b", "c"] { try self.folder.write(name, name) }
        self.age("a", "b", "c")
        _ = try await self.run()
        try self.cluster.put("/workspace/x/a", Array("foreign".utf8))
        try self.cluster.write([Change(path: NamespacePath("/workspace/x/b"), action: .delete(recursive: false))])
        try self.cluster.put("/workspace/x/foreign", Array("foreign".utf8))
        try self.cluster.put("/workspace/elsewhere", Array("foreign".utf8))
        let result = try await self.run()
        #expect(result.filesReadCount == 2)
        #expect(try self.content("/workspace/x/a") == Array("a".utf8))
        #expect(try self.content("/workspace/x/b") == Array("b".utf8))
        #expect(try self.content("/workspace/x/foreign") != nil)
        _ = try await self.run(isMirror: true)
        #expect(try self.content("/workspace/x/foreign") == nil)
        #expect(try self.content("/workspace/elsewhere") != nil)
    }

    @Test func whatOthersWriteBetweenTwoSetsOfAnImportIsNoticedByTheNext() async throws {
        for name in ["a", "b", "c"] { try self.folder.write(name, name) }
        self.age("a", "b", "c")
        _ = try await self.run()
        try self.folder.write("b", "changed")
        self.folder.delete("c")
        let path = try NamespacePath("/workspace/x/a")
        let notes = Notes()
        self.cluster.state.withLock { state in
            state.disturb = { request, state in
                guard request.target == "/v1/changes", notes.count(request.target) == 2 else { return }
                try NamespaceRules.commit(
                    ChangeSet([Change(path: path, action: .delete(recursive: false))]),
                    to: &state
                )
            }
        }
        // The first set changes b, the second deletes c; in between, someone else deletes a.
        let result = try await self.run(isMirror: true)
        #expect(result.changesCount == 2)
        #expect(self.cluster.entries[path] == nil)
        #expect(try await self.run(isMirror: true).changesCount == 1)
        #expect(try self.content("/workspace/x/a") == Array("a".utf8))
    }

    @Test func aMirrorDeletesWhatTheSourceLostAndSparesWhatIsExcluded() async throws {
        for name in ["a/1", "a/2", "b/1", "keep.log", "c"] { try self.folder.write(name, name) }
        _ = try await self.run()
        try self.cluster.put("/workspace/x/b/foreign", [1])
        self.folder.delete("a")
        self.folder.delete("b/1")
        let result = try await self.run(isMirror: true, patterns: ["*.log"])
        #expect(
            Set(self.cluster.entries.keys.map(\.string)) == [
                "/workspace", "/workspace/x", "/workspace/x/b", "/workspace/x/c", "/workspace/x/keep.log",
            ]
        )
        // A folder goes as one change, with all that is below it.
        #expect(result.deletedCount == 3)
    }

    @Test func withoutMirrorNothingIsDeleted() async throws {
        try self.folder.write("a", "a")
        try self.folder.write("b", "b")
        _ = try await self.run()
        self.folder.delete("a")
        _ = try await self.run()
        #expect(try self.content("/workspace/x/a") == Array("a".utf8))
        // The file that was left behind is remembered as a stranger, and goes with the first mirror.
        _ = try await self.run(isMirror: true)
        #expect(try self.content("/workspace/x/a") == nil)
    }

    @Test func aRenamedFileIsMoved() async throws {
        try self.folder.write("old/a.py", "# Databricks notebook source\n1\n")
        try self.folder.write("b", "b")
        _ = try await self.run()
        try self.folder.makeDirectory("new")
        try self.folder.rename("old/a.py", "new/z.py")
        self.folder.delete("old")
        let result = try await self.run(isMirror: true)
        #expect(result.movedCount == 1)
        let moves = self.cluster.sets.flatMap(\.changes).compactMap { change -> String? in
            if case .move(let target) = change.action { "\(change.path) \(target)" } else { nil }
        }
        #expect(moves == ["/workspace/x/old/a.py /workspace/x/new/z.py"])
        #expect(
            Set(self.cluster.entries.keys.map(\.string)) == [
                "/workspace", "/workspace/x", "/workspace/x/b", "/workspace/x/new", "/workspace/x/new/z.py",
            ]
        )
    }

    @Test func aFileThatBecameAFolderIsReplacedByAMirrorAndNamedOtherwise() async throws {
        try self.folder.write("a", "a")
        try self.folder.write("d/x", "x")
        _ = try await self.run()
        self.folder.delete("a")
        self.folder.delete("d")
        try self.folder.write("a/inside", "i")
        try self.folder.write("d", "file")
        let refused = try await self.run()
        #expect(Set(refused.problems.problems.map(\.path)) == ["a", "d"])
        #expect(try self.content("/workspace/x/a") == Array("a".utf8))
        let result = try await self.run(isMirror: true)
        #expect(result.problems.isEmpty)
        #expect(try self.content("/workspace/x/a/inside") == Array("i".utf8))
        #expect(try self.content("/workspace/x/d") == Array("file".utf8))
    }

    @Test func aDryRunChangesNothing() async throws {
        try self.folder.write("a", "a")
        let result = try await self.run(isDryRun: true)
        #expect(result.intents.map(\.action) == [.add])
        #expect(self.cluster.op == .genesis)
        #expect(!self.cluster.requests.contains { $0.hasPrefix("POST") })
    }

    @Test func aDamagedMemoryIsIgnoredWithAWarning() async throws {
        try self.folder.write("a", "a")
        self.age("a")
        _ = try await self.run()
        let subject = FolderState.Subject(
            cluster: "00112233445566778899aabbccddeeff",
            folder: self.folder.path,
            path: try NamespacePath("/workspace/x")
        )
        let memory = TransferMemory(purpose: "import", subject: subject, in: StateFolder(path: self.state.path))
        var bytes = try FileContent.read(memory.path, bytesMax: 1 << 20)
        bytes[bytes.count - 1] ^= 1
        try FileContent.publish(bytes, at: memory.path, isDurable: false)
        let warnings = Notes()
        let result = try await self.run { text in _ = warnings.count(text) }
        #expect(warnings.total == 1)
        #expect(result.filesReadCount == 1)
        #expect(result.changesCount == 0)
        #expect(try await self.run().unchangedCount == 1)
    }

    @Test func aChangedTimeIsAChangeInVolumesOnly() async throws {
        for (target, changes) in [("/workspace/x", 0), ("/volumes/c/s/v", 1)] as [(String, UInt64)] {
            try self.folder.write("a", "a")
            self.folder.setModified("a", 1_000_000_000)
            _ = try await self.run(target)
            self.folder.setModified("a", 2_000_000_000)
            let result = try await self.run(target)
            #expect(result.changesCount == changes, "\(target)")
        }
        let entry = self.cluster.entries[try NamespacePath("/volumes/c/s/v/a")]
        #expect(entry?.attributes.modifiedAtNanoseconds == 2_000_000_000)
    }
}
