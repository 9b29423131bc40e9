import TarnCore
import TarnTestKit
import Testing

/// Bytes that are on disks and under roots: a change here is a change of format (`ops/formats/canonical-encoding.md`).
@Suite struct GoldenEncodingTests {
    private static let digest = PureSHA256.digest(Array("content".utf8))

    private static func entry() throws -> Entry {
        let attributes = try Attributes(["kind": "notebook", "language": "PYTHON", "owner": "Zoë"])
        return try Entry.file(content: Self.digest, size: 300, attributes: attributes)
    }

    @Test func fileEntry() throws {
        var writer = CanonicalWriter()
        try Self.entry().encode(into: &writer)
        let actualFile = Hex.encode(writer.bytes)
        let expectedFile =
            "02ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73ac020003046b696e64086e6f746562"
            + "6f6f6b086c616e677561676506505954484f4e056f776e6572045a6fc3ab"
        #expect(actualFile == expectedFile)
        let actualFilehash = try Self.entry().hash(PureSHA256.self).hex
        #expect(actualFilehash == "1ad01629ccfdd3c995224426ee075c2d48c37345251090e465e913dfecda1d1c")
    }

    @Test func largeFileEntry() throws {
        var writer = CanonicalWriter()
        let size = UInt64(Limits.blobBytesMax) + 1
        try Entry.file(content: Self.digest, size: size, manifest: .zero).encode(into: &writer)
        let actualLarge = Hex.encode(writer.bytes)
        let expectedLarge =
            "02ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73818080020100000000000000000000"
            + "0000000000000000000000000000000000000000000000"
        #expect(actualLarge == expectedLarge)
    }

    @Test func directoryEntry() {
        var writer = CanonicalWriter()
        Entry.directory().encode(into: &writer)
        #expect(Hex.encode(writer.bytes) == "0100")
    }

    @Test func changeSet() throws {
        let path = try NamespacePath("/workspace/a")
        let set = try ChangeSet([
            Change(path: path, precondition: .absent, action: .put(.directory())),
            Change(path: path, precondition: .entry(.zero), action: .delete(recursive: true)),
            Change(path: path, precondition: .content(Self.digest), action: .delete(recursive: false)),
            Change(path: path, action: .move(to: try NamespacePath("/meta/b"))),
        ])
        let actualSet = Hex.encode(set.encoded())
        let expectedSet =
            "040c2f776f726b73706163652f61010001000c2f776f726b73706163652f610200000000000000000000000000000000"
            + "00000000000000000000000000000000020c2f776f726b73706163652f6103ed7002b439e9ac845f22357d822bac1444"
            + "730fbdb6016d3ec9432297b9ec9f73010c2f776f726b73706163652f610003072f6d6574612f62"
        #expect(actualSet == expectedSet)
    }

    @Test func logHeader() throws {
        let header = LogHeader(
            op: Op(300),
            view: View(2),
            kind: .changeSet,
            configurationEpoch: 1,
            timestampMicroseconds: 1_700_000_000_000_000,
            author: "ana",
            request: try RequestID("cli/7"),
            parent: .zero,
            root: Self.digest,
            body: Self.digest,
            bodyBytesCount: 1_000,
            closureCount: 3,
            closureBytesCount: 70_000
        )
        let actualHeader = Hex.encode(header.encoded())
        let expectedHeader =
            "0101ac0202018080f9c0c1c4820303616e6103636c690700000000000000000000000000000000000000000000000000"
            + "00000000000000ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73ed7002b439e9ac845f"
            + "22357d822bac1444730fbdb6016d3ec9432297b9ec9f73e80703f0a204"
        #expect(actualHeader == expectedHeader)
        let actualHeaderhash = header.hash(PureSHA256.self).hex
        #expect(actualHeaderhash == "1cfcc20ba052b72838486f9fee34bd66214f3b8d8510ef56c7e0f12e024f0a36")
    }

    @Test func manifest() throws {
        let size = UInt64(Limits.chunkBytes) + 5
        let manifest = try Manifest(content: Self.digest, size: size, chunks: [.zero, Self.digest])
        let actualManifest = Hex.encode(manifest.encoded())
        let expectedManifest =
            "0100ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f738580800200000000000000000000"
            + "00000000000000000000000000000000000000000000ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec943"
            + "2297b9ec9f73"
        #expect(actualManifest == expectedManifest)
    }

    @Test func genesis() throws {
        let actualGenesis = Hex.encode(try GenesisTests.make(members: ["dc1"]).encoded())
        let expectedGenesis =
            "01c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1000102030405060708090a0b0c0d0e0f018080f9c0c1c482034bf5122f3445"
            + "54c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a01036463310000000000000000000000000000000000"
            + "000000000000000000000000000000"
        #expect(actualGenesis == expectedGenesis)
    }
}
