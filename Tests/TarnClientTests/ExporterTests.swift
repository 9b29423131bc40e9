import Synchronization
import TarnCore
import TarnTestKit
import Testing

@testable import TarnClient

@Suite struct ExporterTests {
    let cluster = MemoryCluster()
    let source: TemporaryFolder
    let folder: TemporaryFolder
    let state: TemporaryFolder

    init() throws {
        self.source = try TemporaryFolder()
        self.folder = try TemporaryFolder()
        self.state = try TemporaryFolder()
    }

    private func fill() async throws {
        try self.source.write("a/b ü#?%.py", "# Databricks notebook source\n")
        try self.source.write("a.txt", "text")
        try self.source.write("empty file", "")
        try self.source.write("medium", String(repeating: "m", count: 2_000))
        var random = SplitMix64(seed: 2)
        try self.source.write("large", random.bytes(9 << 20))
        for index in 0..<20 { try self.source.write("many/\(index)", "\(index)") }
        try self.source.makeDirectory("empty/deeper")
        self.source.setModified("a.txt", 1_600_000_000_987_654_321)
        let options = Importer.Options(source: self.source.path, target: try NamespacePath("/volumes/c/s/v"))
        _ = try await Importer(client: try self.cluster.client(), options: options, stateFolder: nil).run()
        self.cluster.forgetRequests()
    }

    private func export(_ path: String = "/volumes/c/s/v", at selector: String? = nil) async throws -> ExportResult {
        try await Exporter(
            client: try self.cluster.client(),
            source: try NamespacePath(path),
            folder: "\(self.folder.path)/out",
            selector: selector,
            stateFolder: StateFolder(path: self.state.path)
        ).run()
    }

    private var fetched: Int { self.cluster.requests.filter { $0.hasPrefix("POST /v1/contents") }.count }

    @Test func aFolderComesBackByteForByte() async throws {
        try await self.fill()
        let result = try await self.export()
        #expect(result.problems.isEmpty)
        #expect(result.filesCount == 25)
        #expect(result.filesWrittenCount == 25)
        for name in ["a/b ü#?%.py", "a.txt", "empty file", "medium", "large", "many/7"] {
            #expect(try self.folder.read("out/\(name)") == self.source.read(name), "\(name)")
        }
        #expect(self.folder.modified("out/a.txt") == 1_600_000_000_987_654_321)
        let tree = try await SourceScanner.scan(
            "\(self.folder.path)/out",
            patterns: IgnorePatterns([]),
            targetBytesCount: 1
        )
        #expect(tree.items.indices.contains { tree.name(at: $0) == "empty/deeper" && tree.items[$0].isDirectory })
        #expect(tree.items.count == 29)
    }

    @Test func whatIsThereAlreadyIsNotFetchedAgain() async throws {
        try await self.fill()
        _ = try await self.export()
        try self.folder.write("out/a.txt", "TEXT")
        self.folder.delete("out/many/3")
        self.cluster.forgetRequests()
        let result = try await self.export()
        #expect(result.filesWrittenCount == 2)
        #expect(self.fetched == 2, "two folders, one answer each")
        #expect(try self.folder.read("out/a.txt") == Array("text".utf8))
        #expect(try await self.export().filesWrittenCount == 0)
    }

    @Test func anOlderStateIsExportedAsItWas() async throws {
        try await self.fill()
        let op = self.cluster.op
        try self.cluster.put("/volumes/c/s/v/a.txt", Array("newer".utf8))
        let result = try await self.export(at: op.description)
        #expect(result.op == op)
        #expect(try self.folder.read("out/a.txt") == Array("text".utf8))
    }

    @Test func nothingIsWrittenThroughASymbolicLink() async throws {
        try await self.fill()
        let outside = try TemporaryFolder()
        try outside.write("victim", "untouched")
        try self.folder.makeDirectory("out")
        #expect(symlinkTo(outside.path, "\(self.folder.path)/out/many"))
        #expect(symlinkTo("\(outside.path)/victim", "\(self.folder.path)/out/a.txt"))
        let result = try await self.export()
        #expect(result.problems.count == 21)
        #expect(result.problems.problems.allSatisfy { $0.path.hasPrefix("many") })
        // A link in a file's own place is replaced, and what it led to stays.
        #expect(try outside.read("victim") == Array("untouched".utf8))
        #expect(try self.folder.read("out/a.txt") == Array("text".utf8))
        let tree = try await SourceScanner.scan(outside.path, patterns: IgnorePatterns([]), targetBytesCount: 1)
        #expect(tree.items.count == 1)
    }

    @Test(arguments: ["a.txt", "large"])
    func damagedContentIsNeverPublishedAndKeepsNothingElseAway(name: String) async throws {
        try await self.fill()
        let path = try NamespacePath("/volumes/c/s/v/\(name)")
        self.cluster.state.withLock { state in
            guard let entry = state.states.last?[path] else { return }
            let chunk = state.manifests[entry.manifest ?? .zero]?.chunks[1]
            let blob = chunk ?? entry.content
            state.blobs[blob] = state.blobs[blob].map { [$0[0] ^ 1] + $0.dropFirst() }
        }
        let result = try await self.export()
        #expect(result.filesWrittenCount == 24)
        let problem = try #require(result.problems.problems.first)
        #expect(problem.path == name && problem.reason.contains("SHA-256"))
        #expect(throws: SystemError.self) { try self.folder.read("out/\(name)") }
        #expect(try self.folder.read("out/medium") == self.source.read("medium"))
    }

    @Test(arguments: ["a.txt", "medium", "large"], [500, 503])
    func contentThatNobodyGivesIsNamedAndKeepsNothingElseAway(name: String, status: Int) async throws {
        try await self.fill()
        try self.lose(name, status: status)
        for filesWrittenCount in [24, 0] {
            let result = try await self.export()
            #expect(result.filesWrittenCount == filesWrittenCount)
            #expect(result.problems.problems.map(\.path) == [name])
            #expect(result.problems.problems.first?.reason == "it is gone")
        }
        #expect(throws: SystemError.self) { try self.folder.read("out/\(name)") }
    }

    @Test func aClusterThatDoesNotServeIsNoProblemOfAFile() async throws {
        try await self.fill()
        try self.lose("a.txt", status: 503)
        self.cluster.state.withLock { state in
            state.disturb = { request, _ in
                guard request.target.hasPrefix("/v1/namespace/volumes/c/s/v/a.txt") else { return }
                throw TransportFailure("nobody answers", mayHaveArrived: false)
            }
        }
        let error = await #expect(throws: ClientError.self) { try await self.export() }
        #expect(error?.message.contains("nobody answers") == true)
    }

    /// Removes a blob of the file, for which the node then answers `status`.
    private func lose(_ name: String, status: Int) throws {
        let path = try NamespacePath("/volumes/c/s/v/\(name)")
        self.cluster.state.withLock { state in
            guard let entry = state.states.last?[path] else { return }
            state.blobs[state.manifests[entry.manifest ?? .zero]?.chunks[1] ?? entry.content] = nil
            state.lostStatus = status
        }
    }

    @Test func aFileOrNothingIsNoDirectory() async throws {
        try await self.fill()
        #expect(
            await #expect(throws: ClientError.self) { try await self.export("/volumes/c/s/v/a.txt") }?.exitCode == 2
        )
        #expect(await #expect(throws: ClientError.self) { try await self.export("/volumes/none") }?.exitCode == 3)
    }
}
