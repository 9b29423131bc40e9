import TarnCore
import TarnCrypto
import TarnMerkle
import TarnTestKit
import Testing

@testable import TarnClient

/// `put`, `get`, `cp`, proofs and the log: what the commands do with one path.
@Suite struct SingleFileTests {
    let cluster = MemoryCluster()
    let folder: TemporaryFolder

    init() throws {
        self.folder = try TemporaryFolder()
    }

    @Test func aLargeFileIsPutAndGotInPieces() async throws {
        var random = SplitMix64(seed: 3)
        let content = random.bytes((8 << 20) + 17)
        try self.folder.write("in", content)
        self.folder.setModified("in", 1_500_000_000_000_000_001)
        let client = try self.cluster.client()
        let path = try NamespacePath("/volumes/c/s/v/f")
        let receipt = try await ContentWriter(client: client, path: path)
            .put("\(self.folder.path)/in", precondition: .absent)
        #expect(receipt.op == self.cluster.op)
        #expect(self.cluster.entries[path]?.content == SHA256.digest(content))
        let download = try await ContentDownload(client: client, path: path, selector: nil)
        try await download.write(to: "\(self.folder.path)/out")
        #expect(try self.folder.read("out") == content)
        #expect(self.folder.modified("out") == 1_500_000_000_000_000_001)
        // Into a folder, under its own name.
        try await download.write(to: self.folder.path)
        #expect(try self.folder.read("f") == content)
        // A second time, the precondition does not hold.
        let error = await #expect(throws: ClientError.self) {
            try await ContentWriter(client: client, path: path).put("\(self.folder.path)/in", precondition: .absent)
        }
        #expect(error?.exitCode == 3)
    }

    @Test func aCopyNamesTheSameContents() async throws {
        try self.cluster.put("/workspace/a/1", [1])
        try self.cluster.put("/workspace/a/b/2", [2])
        try self.cluster.write([Change(path: NamespacePath("/workspace/target"), action: .put(.directory()))])
        let client = try self.cluster.client()
        let source = try NamespacePath("/workspace/a")
        let target = try await client.destination(of: source, at: try NamespacePath("/workspace/target"))
        #expect(target.string == "/workspace/target/a")
        let copier = NamespaceCopier(client: client, source: source, target: target, selector: nil)
        #expect(await #expect(throws: ClientError.self) { try await copier.copy(isRecursive: false) }?.exitCode == 2)
        #expect(try await copier.copy(isRecursive: true).count == 4)
        let copied = self.cluster.entries[try NamespacePath("/workspace/target/a/b/2")]
        #expect(copied?.content == SHA256.digest([2]))
        let inside = NamespaceCopier(
            client: client,
            source: source,
            target: try NamespacePath("/workspace/a/b/c"),
            selector: nil
        )
        #expect(await #expect(throws: ClientError.self) { try await inside.copy(isRecursive: true) }?.exitCode == 2)
    }

    @Test func differencesBelowAPathAreFoundAcrossPages() async throws {
        for index in 0..<30 { try self.cluster.put("/workspace/\(index % 3)/\(index)", [UInt8(index)]) }
        var found: [String] = []
        try await self.cluster.client().eachDifference(
            from: "0",
            to: self.cluster.op.description,
            path: try NamespacePath("/workspace/1")
        ) { found.append($0.path.string) }
        let expected = self.cluster.entries.keys.map(\.string)
            .filter { $0 == "/workspace/1" || $0.hasPrefix("/workspace/1/") }.sorted()
        #expect(found == expected)
        #expect(found.count == 11)
    }

    @Test func aProofIsCheckedWithNothingButARoot() throws {
        var tree = MerkleTree<SHA256>(boundaryKey: [UInt8](repeating: 7, count: 16))
        let path = try NamespacePath("/workspace/a")
        let entry = try Entry.file(content: SHA256.digest([1]), size: 1)
        tree.apply([TreeEdit(path: path, entry: entry)])
        func document(_ path: NamespacePath) -> [UInt8] {
            Array(
                #"{"op":3,"root":"\#(tree.root)","path":"\#(path)","proof":"\#(Hex.encode(tree.proof(for: path).encoded()))"}"#
                    .utf8
            )
        }
        let proof = try OfflineProof(json: document(path))
        #expect(proof.verify(root: tree.root) == .included(entry))
        #expect(proof.claimedRoot == tree.root)
        #expect(proof.claimedOp == Op(3))
        guard case .invalid = proof.verify(root: SHA256.digest([2])) else {
            Issue.record("a proof holds for another root")
            return
        }
        #expect(try OfflineProof(json: document(NamespacePath("/workspace/b"))).verify(root: tree.root) == .absent)
        for text in ["", "{}", #"{"path":"/workspace/a","proof":"zz"}"#, #"{"path":"/workspace/a","proof":"01"}"#] {
            #expect(throws: ClientError.self) { try OfflineProof(json: Array(text.utf8)) }
        }
    }

    @Test func `a node that never gets to the remembered op has the file named that remembers it`() throws {
        let state = StateFolder(path: self.folder.path)
        let error = ClientError(.rejected, "op 32 was not committed here within 5000 ms; the newest is 12", status: 503)
        let explained = state.explained(error, remembered: Op(32), cluster: "c1")
        #expect(explained.status == 503 && explained.code == .rejected)
        #expect(explained.message.contains("delete \(self.folder.path)/c1/last-write"), "\(explained.message)")
        #expect(state.explained(error, remembered: Op(3), cluster: "c1").message == error.message)
    }

    @Test func theLastWriteIsRememberedForEachCluster() throws {
        let state = StateFolder(path: self.folder.path)
        #expect(state.lastWrite(cluster: "aa") == nil)
        try state.remember(lastWrite: Op(7), cluster: "aa")
        try state.remember(lastWrite: Op(5), cluster: "aa")
        #expect(state.lastWrite(cluster: "aa") == Op(7))
        #expect(state.lastWrite(cluster: "bb") == nil)
        try FileContent.publish(Array("nonsense".utf8), at: "\(self.folder.path)/aa/last-write", isDurable: false)
        #expect(state.lastWrite(cluster: "aa") == nil)
    }
}
