import TarnCore
import TarnMerkle
import TarnTestKit

/// A namespace and the op that comes next.
struct NamespaceFixture {
    var namespace: Namespace<PureSHA256>
    var op = Op(1)
    var timestampMicroseconds: UInt64 = 1_700_000_000_000_001

    static func genesis() throws -> Genesis {
        try Genesis(
            clusterID: Array(repeating: 7, count: 16),
            boundaryKey: testBoundaryKey,
            members: [Genesis.Member(datacenter: DatacenterID("dc1"), publicKey: Array(repeating: 1, count: 32))],
            policy: .any2,
            createdAtMicroseconds: 1_700_000_000_000_000,
            adminTokenHash: .zero
        )
    }

    init() throws {
        self.namespace = .genesis(try Self.genesis())
    }

    /// A few files and directories, put by op 1.
    static func standing() throws -> NamespaceFixture {
        var fixture = try NamespaceFixture()
        try fixture.commit([
            put("/workspace/d/a", file(0)), put("/workspace/d/sub/b", file(0)), put("/workspace/empty", .directory()),
            put("/workspace/f", file(0)), put("/tables/t", file(0, ["modified_at": "4"])),
            put("/workspace/u", file(0, ["owner": "\u{e9}"])),
        ])
        return fixture
    }

    /// Resolves and applies `changes` as the next op, as the primary does.
    @discardableResult
    mutating func commit(_ changes: [Change]) throws -> [AppliedChange] {
        let set = try self.namespace.resolve(changes)
        let logged = try ChangeSet(decoding: set.encoded())
        let applied = try self.namespace.apply(logged, op: self.op, timestampMicroseconds: self.timestampMicroseconds)
        self.op = self.op.next
        self.timestampMicroseconds += 1
        return applied
    }
}

/// A file whose content is made of `content`.
func file(_ content: UInt8, _ attributes: [String: String] = [:]) -> Entry {
    let digest = PureSHA256.digest([content])
    let attributes = (try? Attributes(attributes)) ?? Attributes()
    return (try? Entry.file(content: digest, size: UInt64(content) + 1, attributes: attributes)) ?? .directory()
}

func put(_ text: String, _ entry: Entry, _ precondition: Change.Precondition = .any) -> Change {
    Change(path: path(text), precondition: precondition, action: .put(entry))
}

func delete(_ text: String, _ recursive: Bool = false) -> Change {
    Change(path: path(text), action: .delete(recursive: recursive))
}

func move(_ text: String, _ target: String) -> Change {
    Change(path: path(text), action: .move(to: path(target)))
}
