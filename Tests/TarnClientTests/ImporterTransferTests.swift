import NIOCore
import Synchronization
import TarnCore
import TarnCrypto
import TarnTestKit
import Testing

@testable import TarnClient

/// How contents travel: batches, chunks, order, files that change and connections that break.
@Suite struct ImporterTransferTests {
    let cluster = MemoryCluster()
    let folder: TemporaryFolder
    let state: TemporaryFolder

    init() throws {
        self.folder = try TemporaryFolder()
        self.state = try TemporaryFolder()
    }

    private func run(_ target: String = "/workspace/x", isMirror: Bool = false) async throws -> ImportResult {
        var options = Importer.Options(source: self.folder.path, target: try NamespacePath(target))
        options.isMirror = isMirror
        return try await Importer(
            client: try self.cluster.client(),
            options: options,
            stateFolder: StateFolder(path: self.state.path)
        ).run()
    }

    /// Imports `tree` to `/workspace/x`, where nothing is remembered of an earlier import.
    private func driver(for tree: SourceTree) async throws -> ImportDriver {
        let context = ImportContext(
            client: try self.cluster.client(),
            source: self.folder.path,
            target: try NamespacePath("/workspace/x"),
            trustBeforeNanoseconds: 0
        )
        let survey = try await TargetSurvey.make(context.client, context.target, state: nil, needsAll: false)
        let plan = try ImportPlanner.plan(
            tree,
            records: nil,
            differences: [],
            isMirror: false,
            areTimesSignificant: false
        )
        return ImportDriver(
            context: context,
            tree: tree,
            plan: plan,
            survey: survey,
            memory: nil,
            result: ImportResult(),
            progress: { _ in }
        )
    }

    @Test func smallFilesTravelInBatchesOfAtMostFourMebibytes() async throws {
        var random = SplitMix64(seed: 1)
        for index in 0..<12 { try self.folder.write("f\(index)", random.bytes(1 << 20)) }
        try self.folder.write("whole", random.bytes(Limits.blobBytesMax))
        let result = try await self.run()
        #expect(result.problems.isEmpty)
        #expect(result.newStoredBytesCount == 16 << 20)
        let bodies = self.cluster.state.withLock { state in
            zip(state.requests, state.bodies).filter { $0.0 == "POST /v1/stage" }.map(\.1)
        }
        #expect(bodies.count == 4)
        #expect(bodies.allSatisfy { $0 <= Limits.stageBatchBytesMax + 4 * 12 })
    }

    @Test(arguments: [1, 4 << 20, 5 << 20])
    func aLargeFileBecomesChunksAndAManifest(extra: Int) async throws {
        var random = SplitMix64(seed: UInt64(extra))
        let content = random.bytes((4 << 20) + extra)
        try self.folder.write("large", content)
        _ = try await self.run("/volumes/c/s/v")
        let entry = try #require(self.cluster.entries[try NamespacePath("/volumes/c/s/v/large")])
        #expect(entry.content == SHA256.digest(content))
        #expect(entry.size == UInt64(content.count))
        let manifest = try #require(entry.manifest)
        #expect(self.cluster.state.withLock { $0.manifests[manifest]?.size } == UInt64(content.count))
        // The same content under another time is named again, not sent again.
        self.folder.setModified("large", 5)
        self.cluster.forgetRequests()
        let result = try await self.run("/volumes/c/s/v")
        #expect(result.changesCount == 1)
        #expect(!self.cluster.requests.contains("POST /v1/stage"))
        let touched = self.cluster.entries[try NamespacePath("/volumes/c/s/v/large")]
        #expect(touched?.attributes.modifiedAtNanoseconds == 5)
        #expect(touched?.manifest == manifest)
    }

    /// What a datacentre does that is lost between staging and committing.
    @Test(arguments: [1, 3])
    func whatIsLostBeforeItIsNamedIsStagedAgain(losses: Int) async throws {
        for index in 0..<50 { try self.folder.write("f\(index)", "content \(index)") }
        let left = Mutex(losses)
        self.cluster.state.withLock { state in
            state.disturb = { request, state in
                guard request.target.hasPrefix("/v1/changes"), !state.blobs.isEmpty else { return }
                let isLost = left.withLock { left in
                    left -= 1
                    return left >= 0
                }
                if isLost { state.blobs = [:] }
            }
        }
        let result = try await self.run()
        #expect(result.problems.isEmpty)
        #expect(result.filesCount == 50)
        #expect(left.withLock { $0 } < 0)
        for index in 0..<50 {
            let entry = try #require(self.cluster.entries[try NamespacePath("/workspace/x/f\(index)")])
            #expect(self.cluster.state.withLock { $0.blobs[entry.content] } == Array("content \(index)".utf8))
        }
    }

    @Test func anImportThatLosesWhatItStagesAgainAndAgainEndsWithTheClustersAnswer() async throws {
        try self.folder.write("f", "content")
        self.cluster.state.withLock { state in
            state.disturb = { request, state in
                if request.target.hasPrefix("/v1/changes") { state.blobs = [:] }
            }
        }
        await #expect { try await self.run() } throws: { ($0 as? ClientError)?.isBlobMissing == true }
        #expect(self.cluster.requests.count { $0 == "POST /v1/stage" } == Limits.importRestartsMax + 1)
    }

    @Test func commitsOfATableComeBehindItsFilesAndInOrder() async throws {
        func commit(_ version: Int) -> String {
            let digits = String(version)
            return "t/_delta_log/\(String(repeating: "0", count: 20 - digits.count))\(digits).json"
        }
        for version in 0..<25 {
            try self.folder.write(commit(version), "{\"commit\":\(version)}")
            try self.folder.write("t/part-\(version).parquet", "data \(version)")
        }
        try self.folder.write("t/_delta_log/_last_checkpoint", "{}")
        try self.folder.write("gone", "x")
        _ = try await self.run("/tables/c/s")
        self.folder.delete("gone")
        try self.folder.write(commit(25), "{}")
        try self.folder.write("t/part-25.parquet", "data")
        _ = try await self.run("/tables/c/s", isMirror: true)
        let paths = self.cluster.sets.flatMap(\.changes).map { change -> String in
            if case .delete = change.action { "delete \(change.path)" } else { change.path.string }
        }
        let order = paths.filter { $0.hasSuffix(".json") || $0.hasSuffix("_last_checkpoint") }
        #expect(
            order == (0..<25).map { "/tables/c/s/\(commit($0))" } + [
                "/tables/c/s/t/_delta_log/_last_checkpoint", "/tables/c/s/\(commit(25))",
            ]
        )
        for version in 0...25 {
            let data = try #require(paths.firstIndex(of: "/tables/c/s/t/part-\(version).parquet"))
            let log = try #require(paths.firstIndex(of: "/tables/c/s/\(commit(version))"))
            #expect(data < log)
        }
        #expect(paths.last == "delete /tables/c/s/gone")
    }

    @Test func aTableWithAFileLeftOutKeepsItsVersion() async throws {
        let commit = "_delta_log/00000000000000000000.json"
        try self.folder.write("good/\(commit)", "{}")
        try self.folder.write("bad/\(commit)", "{}")
        #expect(symlinkNothing("\(self.folder.path)/bad/part-0.parquet"))
        let result = try await self.run("/tables/c/s")
        #expect(self.cluster.entries[try NamespacePath("/tables/c/s/good/\(commit)")] != nil)
        #expect(self.cluster.entries[try NamespacePath("/tables/c/s/bad/\(commit)")] == nil)
        #expect(result.problems.problems.map(\.path) == ["bad/part-0.parquet", "bad/_delta_log"])
    }

    @Test func aFileThatChangesUnderTheReaderIsReadAgain() async throws {
        try self.folder.write("a", "first")
        let tree = try await SourceScanner.scan(self.folder.path, patterns: IgnorePatterns([]), targetBytesCount: 1)
        // Between the scan and the reading.
        try self.folder.write("a", "second, longer")
        var driver = try await self.driver(for: tree)
        let result = try await driver.run()
        #expect(result.problems.isEmpty)
        let entry = try #require(self.cluster.entries[try NamespacePath("/workspace/x/a")])
        #expect(entry.content == SHA256.digest(Array("second, longer".utf8)))
    }

    @Test func aFileThatKeepsChangingIsNamedAndLeftOut() async throws {
        try self.folder.write("a", "first")
        try self.folder.write("b", "b")
        let tree = try await SourceScanner.scan(self.folder.path, patterns: IgnorePatterns([]), targetBytesCount: 1)
        var contents = BatchContents(frames: .init())
        contents.changed = [(0, FileStamp(size: 1, modifiedNanoseconds: 1, changedNanoseconds: 1, inode: 1))]
        var driver = try await self.driver(for: tree)
        for _ in 0...Limits.importRereadsMax { driver.onStaged(contents, nil) }
        #expect(driver.result.problems.problems.map(\.path) == ["a"])
        #expect(driver.unfinishedDataCount == 1)
    }

    @Test func anInterruptedImportIsTakenUpWhereItStopped() async throws {
        for index in 0..<5 { try self.folder.write("f\(index)", "\(index)") }
        try self.folder.write("t/_delta_log/00000000000000000000.json", "{}")
        struct Outage: Error {}
        let notes = Notes()
        self.cluster.state.withLock { state in
            state.disturb = { request, _ in
                // Directories and data files are committed, the table's commit is not.
                if request.target == "/v1/changes", notes.count("set") > 2 { throw Outage() }
            }
        }
        await #expect(throws: Outage.self) { try await self.run("/volumes/c/s/v") }
        self.cluster.state.withLock { $0.disturb = nil }
        self.cluster.forgetRequests()
        let result = try await self.run("/volumes/c/s/v")
        #expect(result.changesCount == 1)
        #expect(self.cluster.entries.count == 12)
        #expect(self.cluster.requests.filter { $0 == "POST /v1/changes" }.count == 1)
    }

    /// Against the plainest model: after a mirror, the target is the folder, whatever happened to either in between.
    @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func aMirrorIsEqualToItsSource(seed: UInt64) async throws {
        var random = SplitMix64(seed: seed)
        let target = random.pick(["/workspace/x", "/volumes/c/s/v", "/tables/c/s"])
        var files: [String: [UInt8]] = [:]
        func name() -> String {
            let depth = random.within(0...2)
            return (0...depth).map { _ in random.pick(["a", "b.x", "c d", "ü"]) }.joined(separator: "/")
                + String(random.below(4))
        }
        for _ in 0..<8 {
            for _ in 0..<random.within(0...12) {
                let path = name()
                if random.chance(percent: 30),
                    let victim = files.keys.sorted().first(where: { _ in random.chance(percent: 30) })
                {
                    files[victim] = nil
                    self.folder.delete(victim)
                } else if files.keys.allSatisfy({ !$0.hasPrefix(path + "/") && !path.hasPrefix($0 + "/") }) {
                    let content = random.pick([
                        files.values.first ?? [], random.bytes(random.below(50)), Array("same".utf8),
                    ])
                    files[path] = content
                    try self.folder.write(path, content)
                }
            }
            if random.chance(percent: 50), let victim = self.cluster.entries.keys.sorted().last {
                try self.cluster.write([Change(path: victim, action: .delete(recursive: true))])
            }
            if random.chance(percent: 50) {
                try self.cluster.put("\(target)/foreign\(random.below(3))", random.bytes(3))
            }
            let result = try await self.run(target, isMirror: true)
            #expect(result.problems.isEmpty, "seed \(seed)")
            let root = try NamespacePath(target)
            var found: [String: Digest] = [:]
            for (path, entry) in self.cluster.entries where root.isAncestor(of: path) && !entry.isDirectory {
                found[String(path.string.dropFirst(target.count + 1))] = entry.content
            }
            #expect(found == files.mapValues { SHA256.digest($0) }, "seed \(seed)")
        }
    }
}
