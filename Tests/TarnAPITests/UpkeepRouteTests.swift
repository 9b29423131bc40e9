import HTTPTypes
import Synchronization
import TarnCore
import TarnNode
import Testing

@testable import TarnAPI

@Suite("Upkeep routes")
struct UpkeepRouteTests {
    @Test(
        "a collection is asked for with its wishes and ends with its result",
        arguments: [
            ("", false, false), ("{}", false, false), (#"{"dry_run":true}"#, true, false),
            (#"{"dry_run":false,"now":true}"#, false, true),
        ]
    )
    func collect(body: String, isDryRun: Bool, isImmediate: Bool) async throws {
        try await APITest.run { node, client async throws in
            let answer = try await client.send(.post, "/v1/gc/collect", body)
            #expect(answer.status == 200)
            let lines = answer.text.split(separator: "\n")
            #expect(lines.last?.contains(#""freed_bytes":1234"#) ?? false)
            #expect(lines.last?.contains(#""skipped":["segment 3: damaged"]"#) ?? false)
            #expect(lines.last?.contains(#""live_blobs":5"#) ?? false)
            let wishes = node.fakeUpkeep.state.withLock { $0.wishes }
            #expect(wishes == [CollectionWish(isDryRun: isDryRun, isImmediate: isImmediate)])
        }
    }

    @Test("a collection that encodes again is asked for, and tells bytes before and after")
    func recompress() async throws {
        try await APITest.run { node, client async throws in
            let answer = try await client.send(.post, "/v1/gc/collect", #"{"now":true,"recompress":true}"#)
            #expect(answer.status == 200)
            let last = answer.text.split(separator: "\n").last
            #expect(last?.contains(#""bytes_before":900,"bytes_after":600,"recompressed_records":3"#) ?? false)
            let wishes = node.fakeUpkeep.state.withLock { $0.wishes }
            #expect(wishes == [CollectionWish(isDryRun: false, isImmediate: true, recompresses: true)])
        }
    }

    @Test(
        "wishes that are not understood are refused",
        arguments: [#"{"dryrun":true}"#, "[]", #"{"now":1}"#, "{", #"{"staged_seconds":-1}"#]
    )
    func badWish(body: String) async throws {
        try await APITest.run { node, client async throws in
            let answer = try await client.send(.post, "/v1/gc/collect", body)
            #expect(answer.status == 400)
            #expect(node.fakeUpkeep.state.withLock { $0.wishes.isEmpty })
        }
    }

    @Test("the floor is answered with what is kept below it")
    func floor() async throws {
        try await APITest.run { node, client async throws in
            let floor = try GarbageFloor(floor: Op(40), kept: [Op(3), Op(17)])
            node.fakeUpkeep.state.withLock { $0.floor = floor }
            let answer = try await client.send(.post, "/v1/gc/floor")
            #expect(answer.status == 200 && answer.text == #"{"floor":40,"kept_ops":[3,17]}"#)
            node.fakeUpkeep.state.withLock { $0.failure = NodeError(.unavailable, "no quorum") }
            #expect(try await client.send(.post, "/v1/gc/floor").status == 503)
        }
    }

    @Test("a scrub names what it healed and what it could not heal")
    func scrub() async throws {
        try await APITest.run { node, client async throws in
            var summary = ScrubSummary()
            summary.bytesCount = 99
            summary.unreadableCount = 3
            summary.damaged = [
                DamageNote(name: "blob x", reason: "torn", paths: [try NamespacePath("/workspace/a.py")])
            ]
            let result = summary
            node.fakeUpkeep.state.withLock { $0.scrub = result }
            let answer = try await client.send(.post, "/v1/scrub")
            #expect(answer.status == 200)
            #expect(answer.text.contains(#""sound":false,"bytes":99,"unreadable_records":3,"healed":[]"#))
            #expect(answer.text.contains(#""paths":["/workspace/a.py"]"#))
        }
    }
}
