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
        #expect(Hex.encode(writer.bytes) == "FILE")
        #expect(try Self.entry().hash(PureSHA256.self).hex == "FILEHASH")
    }

    @Test func largeFileEntry() throws {
        var writer = CanonicalWriter()
        let size = UInt64(Limits.blobBytesMax) + 1
        try Entry.file(content: Self.digest, size: size, manifest: .zero).encode(into: &writer)
        #expect(Hex.encode(writer.bytes) == "LARGE")
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
        #expect(Hex.encode(set.encoded()) == "SET")
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
        #expect(Hex.encode(header.encoded()) == "HEADER")
        #expect(header.hash(PureSHA256.self).hex == "HEADERHASH")
    }

    @Test func manifest() throws {
        let size = UInt64(Limits.chunkBytes) + 5
        let manifest = try Manifest(content: Self.digest, size: size, chunks: [.zero, Self.digest])
        #expect(Hex.encode(manifest.encoded()) == "MANIFEST")
    }

    @Test func genesis() throws {
        #expect(Hex.encode(try GenesisTests.make(members: ["dc1"]).encoded()) == "GENESIS")
    }
}
