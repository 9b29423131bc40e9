import TarnCore
import TarnMerkle
import TarnTestKit
import Testing

/// The rules of the namespace as a table: what is asked for, in one set, of a namespace that holds
/// `NamespaceFixture.standing`.
@Suite struct NamespaceRuleTests {
    struct Refusal: Sendable, CustomTestStringConvertible {
        let name: String
        let changes: [Change]
        let code: NamespaceError.Code
        let path: String

        var testDescription: String { self.name }
    }

    static let refusals: [Refusal] = [
        Refusal(
            name: "file over directory",
            changes: [put("/workspace/d", file(1))],
            code: .isADirectory,
            path: "/workspace/d"
        ),
        Refusal(
            name: "directory over file",
            changes: [put("/workspace/f", .directory())],
            code: .notADirectory,
            path: "/workspace/f"
        ),
        Refusal(
            name: "file below file",
            changes: [put("/workspace/f/x", file(1))],
            code: .notADirectory,
            path: "/workspace/f"
        ),
        Refusal(
            name: "file far below file",
            changes: [put("/workspace/f/x/y/z", file(1))],
            code: .notADirectory,
            path: "/workspace/f"
        ),
        Refusal(
            name: "file over root",
            changes: [put("/workspace", file(1))],
            code: .protectedRoot,
            path: "/workspace"
        ),
        Refusal(name: "put at /", changes: [put("/", .directory())], code: .protectedRoot, path: "/"),
        Refusal(name: "delete root", changes: [delete("/tables", true)], code: .protectedRoot, path: "/tables"),
        Refusal(name: "delete /", changes: [delete("/", true)], code: .protectedRoot, path: "/"),
        Refusal(name: "move root", changes: [move("/meta", "/workspace/m")], code: .protectedRoot, path: "/meta"),
        Refusal(name: "move to root", changes: [move("/workspace/d", "/meta")], code: .alreadyExists, path: "/meta"),
        Refusal(name: "move to /", changes: [move("/workspace/d", "/")], code: .protectedRoot, path: "/"),
        Refusal(
            name: "delete of a full directory",
            changes: [delete("/workspace/d")],
            code: .directoryNotEmpty,
            path: "/workspace/d"
        ),
        Refusal(
            name: "delete of a directory with a new child",
            changes: [put("/workspace/empty/x", file(1)), delete("/workspace/empty")],
            code: .directoryNotEmpty,
            path: "/workspace/empty"
        ),
        Refusal(
            name: "delete of a directory that is only half emptied",
            changes: [delete("/workspace/d/a"), delete("/workspace/d")],
            code: .directoryNotEmpty,
            path: "/workspace/d"
        ),
        Refusal(
            name: "delete of a directory whose deleted child came back",
            changes: [
                delete("/workspace/d/a"), delete("/workspace/d/sub/b"), delete("/workspace/d/sub"),
                put("/workspace/d/a", file(9)), delete("/workspace/d"),
            ],
            code: .directoryNotEmpty,
            path: "/workspace/d"
        ),
        Refusal(name: "delete of nothing", changes: [delete("/workspace/no")], code: .notFound, path: "/workspace/no"),
        Refusal(
            name: "delete twice",
            changes: [delete("/workspace/f"), delete("/workspace/f")],
            code: .notFound,
            path: "/workspace/f"
        ),
        Refusal(
            name: "delete below what was deleted",
            changes: [delete("/workspace/d", true), delete("/workspace/d/a")],
            code: .notFound,
            path: "/workspace/d/a"
        ),
        Refusal(
            name: "move of nothing",
            changes: [move("/workspace/no", "/workspace/x")],
            code: .notFound,
            path: "/workspace/no"
        ),
        Refusal(
            name: "move onto something",
            changes: [move("/workspace/f", "/workspace/d/a")],
            code: .alreadyExists,
            path: "/workspace/d/a"
        ),
        Refusal(
            name: "move into itself",
            changes: [move("/workspace/d", "/workspace/d/sub/x")],
            code: .invalidMove,
            path: "/workspace/d"
        ),
        Refusal(
            name: "move to itself",
            changes: [move("/workspace/d", "/workspace/d")],
            code: .invalidMove,
            path: "/workspace/d"
        ),
        Refusal(
            name: "move below a file",
            changes: [move("/workspace/d", "/workspace/f/d")],
            code: .notADirectory,
            path: "/workspace/f"
        ),
        Refusal(
            name: "put below what moved away",
            changes: [
                move("/workspace/d", "/workspace/e"), put("/workspace/d", file(1)), put("/workspace/d/a", file(1)),
            ],
            code: .notADirectory,
            path: "/workspace/d"
        ),
        Refusal(
            name: "absent expected",
            changes: [put("/workspace/f", file(1), .absent)],
            code: .alreadyExists,
            path: "/workspace/f"
        ),
        Refusal(
            name: "other content expected",
            changes: [put("/workspace/f", file(1), .content(PureSHA256.digest([99])))],
            code: .conflict,
            path: "/workspace/f"
        ),
        Refusal(
            name: "content of a directory expected",
            changes: [put("/workspace/d/x", file(1), .content(.zero))],
            code: .conflict,
            path: "/workspace/d/x"
        ),
        Refusal(
            name: "other entry expected",
            changes: [put("/workspace/f", file(1), .entry(.zero))],
            code: .conflict,
            path: "/workspace/f"
        ),
        Refusal(
            name: "entry of the same set expected",
            changes: [
                put("/workspace/new", file(1)), put("/workspace/new", file(2), .entry(file(1).hash(PureSHA256.self))),
            ],
            code: .conflict,
            path: "/workspace/new"
        ),
        Refusal(
            name: "delete with a stale precondition",
            changes: [
                Change(path: path("/workspace/f"), precondition: .entry(.zero), action: .delete(recursive: false))
            ],
            code: .conflict,
            path: "/workspace/f"
        ),
        Refusal(
            name: "modification time that is no number",
            changes: [put("/workspace/f", file(1, ["modified_at": "yesterday"]))],
            code: .invalidEntry,
            path: "/workspace/f"
        ),
        Refusal(
            name: "attributes without room for those of the system",
            changes: [put("/workspace/f", file(1, ["long": String(repeating: "x", count: 1_000)]))],
            code: .invalidEntry,
            path: "/workspace/f"
        ),
    ]

    @Test(arguments: Self.refusals)
    func contradictionsAreRefused(refusal: Refusal) throws {
        var fixture = try NamespaceFixture.standing()
        let root = fixture.namespace.tree.root
        let error = #expect(throws: NamespaceError.self) { try fixture.commit(refusal.changes) }
        #expect(error?.code == refusal.code)
        #expect(error?.path == path(refusal.path))
        #expect(error?.message.contains(refusal.path) == true)
        #expect(fixture.namespace.tree.root == root)
    }

    struct Effect: Sendable, CustomTestStringConvertible {
        let name: String
        let changes: [Change]
        /// Paths of the explicit set, in order.
        let explicit: [String]
        /// Paths with a net effect; `-` in front for gone, `+` for new, `*` for changed.
        let applied: [String]

        var testDescription: String { self.name }
    }

    static let effects: [Effect] = [
        Effect(name: "nothing", changes: [], explicit: [], applied: []),
        Effect(
            name: "missing parents are added",
            changes: [put("/workspace/x/y/z", file(1))],
            explicit: ["/workspace/x", "/workspace/x/y", "/workspace/x/y/z"],
            applied: ["+/workspace/x", "+/workspace/x/y", "+/workspace/x/y/z"]
        ),
        Effect(
            name: "parents are added once",
            changes: [put("/workspace/x/1", file(1)), put("/workspace/x/2", file(2))],
            explicit: ["/workspace/x", "/workspace/x/1", "/workspace/x/2"],
            applied: ["+/workspace/x", "+/workspace/x/1", "+/workspace/x/2"]
        ),
        Effect(
            name: "directory that is there",
            changes: [put("/workspace/d", .directory())],
            explicit: [],
            applied: []
        ),
        Effect(name: "root that is there", changes: [put("/meta", .directory())], explicit: [], applied: []),
        Effect(name: "equal file", changes: [put("/workspace/f", file(0))], explicit: [], applied: []),
        Effect(
            name: "equal file that must be there",
            changes: [put("/workspace/f", file(0), .content(file(0).content))],
            explicit: [],
            applied: []
        ),
        Effect(
            name: "other time under /workspace",
            changes: [put("/workspace/f", file(0, ["modified_at": "5"]))],
            explicit: [],
            applied: []
        ),
        Effect(
            name: "other time under /tables",
            changes: [put("/tables/t", file(0, ["modified_at": "5"]))],
            explicit: ["/tables/t"],
            applied: ["*/tables/t"]
        ),
        Effect(
            name: "same time under /tables",
            changes: [put("/tables/t", file(0, ["modified_at": "4"]))],
            explicit: [],
            applied: []
        ),
        Effect(name: "no time under /tables", changes: [put("/tables/t", file(0))], explicit: [], applied: []),
        Effect(
            name: "other attribute",
            changes: [put("/workspace/f", file(0, ["kind": "notebook"]))],
            explicit: ["/workspace/f"],
            applied: ["*/workspace/f"]
        ),
        Effect(
            name: "bytes of an attribute that look the same",
            changes: [put("/workspace/u", file(0, ["owner": "e\u{301}"]))],
            explicit: ["/workspace/u"],
            applied: ["*/workspace/u"]
        ),
        Effect(
            name: "last child",
            changes: [delete("/workspace/d/sub/b")],
            explicit: ["/workspace/d/sub/b"],
            applied: ["-/workspace/d/sub/b"]
        ),
        Effect(
            name: "directory after its children",
            changes: [
                delete("/workspace/d/sub/b"), delete("/workspace/d/sub"), delete("/workspace/d/a"),
                delete("/workspace/d"),
            ],
            explicit: ["/workspace/d/sub/b", "/workspace/d/sub", "/workspace/d/a", "/workspace/d"],
            applied: ["-/workspace/d", "-/workspace/d/a", "-/workspace/d/sub", "-/workspace/d/sub/b"]
        ),
        Effect(
            name: "empty directory",
            changes: [delete("/workspace/empty")],
            explicit: ["/workspace/empty"],
            applied: ["-/workspace/empty"]
        ),
        Effect(
            name: "subtree",
            changes: [delete("/workspace/d", true)],
            explicit: ["/workspace/d"],
            applied: ["-/workspace/d", "-/workspace/d/a", "-/workspace/d/sub", "-/workspace/d/sub/b"]
        ),
        Effect(
            name: "subtree with what was just put",
            changes: [put("/workspace/d/new", file(1)), delete("/workspace/d", true), put("/workspace/d/a", file(2))],
            explicit: ["/workspace/d/new", "/workspace/d", "/workspace/d", "/workspace/d/a"],
            applied: ["*/workspace/d", "*/workspace/d/a", "-/workspace/d/sub", "-/workspace/d/sub/b"]
        ),
        Effect(
            name: "file deleted recursively",
            changes: [delete("/workspace/f", true)],
            explicit: ["/workspace/f"],
            applied: ["-/workspace/f"]
        ),
        Effect(
            name: "put and delete",
            changes: [put("/workspace/n", file(1)), delete("/workspace/n")],
            explicit: ["/workspace/n", "/workspace/n"],
            applied: []
        ),
        Effect(
            name: "file in place of a directory",
            changes: [delete("/workspace/empty"), put("/workspace/empty", file(1))],
            explicit: ["/workspace/empty", "/workspace/empty"],
            applied: ["*/workspace/empty"]
        ),
        Effect(
            name: "move to a new place",
            changes: [move("/workspace/d", "/tables/c/d")],
            explicit: ["/tables/c", "/workspace/d"],
            applied: [
                "+/tables/c", "+/tables/c/d", "+/tables/c/d/a", "+/tables/c/d/sub", "+/tables/c/d/sub/b",
                "-/workspace/d",
                "-/workspace/d/a", "-/workspace/d/sub", "-/workspace/d/sub/b",
            ]
        ),
        Effect(
            name: "move and put at the old place",
            changes: [move("/workspace/f", "/workspace/g"), put("/workspace/f", file(0))],
            explicit: ["/workspace/f", "/workspace/f"],
            applied: ["*/workspace/f", "+/workspace/g"]
        ),
    ]

    @Test(arguments: Self.effects)
    func changesHaveTheirNetEffect(effect: Effect) throws {
        var fixture = try NamespaceFixture.standing()
        let explicit = try fixture.namespace.resolve(effect.changes)
        #expect(explicit.changes.map(\.path.string) == effect.explicit)
        let before = fixture.namespace.tree
        let applied = try fixture.commit(effect.changes)
        let described = applied.map { change in
            (change.old == nil ? "+" : change.new == nil ? "-" : "*") + change.path.string
        }
        #expect(described == effect.applied)
        #expect(
            applied.map { Difference(path: $0.path, old: $0.old, new: $0.new) }
                == Tree.diff(before, fixture.namespace.tree)
        )
    }
}
