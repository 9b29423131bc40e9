import HTTPTypes
import TarnCore
import Testing

@testable import TarnAPI

@Suite struct JobsRouteTests {
    private static func create(_ client: APITest.Client, _ settings: String) async throws -> Int {
        let answer = try await client.send(.post, "/api/2.2/jobs/create", settings)
        #expect(answer.status == 200, "\(answer.text)")
        return try answer.number("job_id")
    }

    @Test(arguments: ["2.0", "2.1", "2.2"])
    func aJobIsOneDocumentForEveryVersionOfTheAPI(_ version: String) async throws {
        try await APITest.run { node, client async throws in
            let id = try await Self.create(client, #"{"name": "nightly", "tasks": [{"task_key": "a"}]}"#)
            #expect(node["/meta/job/main/\(id).json"] != nil)
            let job = try await client.get("/api/\(version)/jobs/get?job_id=\(id)").json
            let settings = try #require(job["settings"] as? [String: Any])
            #expect(settings["name"] as? String == "nightly")
            #expect(settings["format"] as? String == "MULTI_TASK")
            #expect(job["creator_user_name"] as? String == "admin")
            let list = try await client.get("/api/\(version)/jobs/list").list("jobs")
            #expect(list.count == 1)
            let shown = try #require(list[0]["settings"] as? [String: Any])
            #expect((shown["tasks"] != nil) == (version == "2.0"))
        }
    }

    @Test func pagesAreNewestFirstAndEndWithoutAToken() async throws {
        try await APITest.run { _, client async throws in
            var made: [Int] = []
            for index in 0..<5 { made.append(try await Self.create(client, #"{"name": "j\#(index)"}"#)) }
            var seen: [Int] = []
            var token: String?
            var pageCount = 0
            repeat {
                let answer = try await client.get("/api/2.2/jobs/list?limit=2&page_token=\(token ?? "")")
                seen += try answer.list("jobs").compactMap { $0["job_id"] as? Int }
                token = try answer.json["next_page_token"] as? String
                pageCount += 1
            } while token != nil && pageCount < 10
            #expect(seen == made.sorted().reversed())
            #expect(pageCount == 3)
            #expect(try await client.get("/api/2.2/jobs/list?name=J3").list("jobs").count == 1)
        }
    }

    @Test func updatesMergeTasksByTheirKeys() async throws {
        try await APITest.run { _, client async throws in
            let id = try await Self.create(
                client,
                #"{"name": "a", "tasks": [{"task_key": "x", "n": 1}, {"task_key": "y"}], "schedule": {}}"#
            )
            let update = """
                {"job_id": \(id), "new_settings": {"name": "b", "tasks": [{"task_key": "x", "n": 2}]},
                 "fields_to_remove": ["schedule", "tasks/y"]}
                """
            #expect(try await client.send(.post, "/api/2.1/jobs/update", update).text == "{}")
            let job = try await client.get("/api/2.1/jobs/get?job_id=\(id)").json
            let settings = try #require(job["settings"] as? [String: Any])
            #expect(settings["name"] as? String == "b")
            #expect(settings["schedule"] == nil)
            let tasks = try #require(settings["tasks"] as? [[String: Any]])
            #expect(tasks.count == 1)
            #expect(tasks[0]["n"] as? Int == 2)
        }
    }

    /// As many as a document of 4 MiB holds: what compares each with each takes many minutes.
    @Test(.timeLimit(.minutes(1))) func listsOfAnyLengthAreMerged() throws {
        let clusters = (0..<100_000).map { JSONValue.object(["job_cluster_key": .string("c\($0)"), "n": 1]) }
        let changed = clusters[..<50_000].map {
            JSONValue.object(["job_cluster_key": $0["job_cluster_key"] ?? .null, "n": 2])
        }
        let new = JSONValue.object(["job_cluster_key": "new"])
        let update: JSONValue = ["job_clusters": .array(changed + [new])]
        let removed = (99_000..<100_000).map { "job_clusters/c\($0)" } + (0..<100_000).map { "tasks/t\($0)" }
        let settings: JSONValue = ["job_clusters": .array(clusters)]
        let merged = JobSettingsUpdate.apply(update, removing: removed, to: settings)
        #expect(merged["job_clusters"]?.items == changed + clusters[50_000..<99_000] + [new])
        let members = (0..<40_000).map { JSONValue.object(["value": .string("\($0)")]) }
        let add: JSONValue = ["op": "add", "path": "members", "value": .array(members)]
        let group = try ScimPatch.apply([add], to: ["members": .array(Array(members[..<30_000]))])
        #expect(group["members"]?.items == members)
        let remove: JSONValue = ["op": "remove", "path": "members", "value": .array(Array(members[1...]))]
        #expect(try ScimPatch.apply([remove], to: group)["members"]?.items == [members[0]])
    }

    @Test func morePartsThanAPageHoldsFollowBehindAToken() async throws {
        try await APITest.run { _, client async throws in
            let tasks = (0..<250).map { #"{"task_key": "t\#($0)"}"# }.joined(separator: ",")
            let id = try await Self.create(client, #"{"tasks": [\#(tasks)]}"#)
            var count = 0
            var token: String?
            var pageCount = 0
            repeat {
                let answer = try await client.get("/api/2.2/jobs/get?job_id=\(id)&page_token=\(token ?? "")").json
                count += ((answer["settings"] as? [String: Any])?["tasks"] as? [Any])?.count ?? 0
                token = answer["next_page_token"] as? String
                pageCount += 1
            } while token != nil && pageCount < 10
            #expect(count == 250)
            #expect(pageCount == 3)
        }
    }

    @Test(arguments: ["9223372036854775807", "9223372036854775708", "-1", "-9223372036854775808", "1001", "1e3", ""])
    func aPageTokenThatNamesNoPlaceInTheJobIsRefused(_ place: String) async throws {
        try await APITest.run { _, client async throws in
            let id = try await Self.create(client, #"{"tasks": [{"task_key": "a"}]}"#)
            let token = PageToken(list: "job \(id)").text(after: place)
            let answer = try await client.get("/api/2.2/jobs/get?job_id=\(id)&page_token=\(token)")
            #expect(answer.status == 400)
            #expect(answer.errorCode == "INVALID_PARAMETER_VALUE")
            let last = PageToken(list: "job \(id)").text(after: "1000")
            #expect(try await client.get("/api/2.2/jobs/get?job_id=\(id)&page_token=\(last)").status == 200)
        }
    }

    @Test(arguments: ["get?job_id=7", "runs/get?run_id=7"])
    func whatIsNotThereHasTheTextThatClientsLookFor(_ call: String) async throws {
        try await APITest.run { _, client async throws in
            let answer = try await client.get("/api/2.1/jobs/\(call)")
            #expect(answer.status == 400)
            #expect(answer.errorCode == "INVALID_PARAMETER_VALUE")
            #expect(try answer.string("message").hasSuffix(" 7 does not exist."))
        }
    }

    @Test(arguments: ["run-now", "runs/submit"])
    func runningIsRefusedAndSaysWhere(_ action: String) async throws {
        try await APITest.run { node, client async throws in
            let answer = try await client.send(.post, "/api/2.2/jobs/\(action)", #"{"job_id": 1}"#)
            #expect(answer.status == 501)
            #expect(answer.errorCode == "FEATURE_DISABLED")
            #expect(try answer.string("message").contains("run it in the Databricks workspace"))
            #expect(node.commitCount == 0)
        }
    }

    @Test(arguments: [
        #"{"tasks": [{}]}"#, #"{"tasks": [{"task_key": "a"}, {"task_key": "a"}]}"#,
        #"{"tasks": [{"task_key": "a", "depends_on": [{"task_key": "b"}]}]}"#,
    ])
    func impossibleSettingsAreRefused(_ settings: String) async throws {
        try await APITest.run { node, client async throws in
            let answer = try await client.send(.post, "/api/2.2/jobs/create", settings)
            #expect(answer.status == 400)
            #expect(answer.errorCode == "INVALID_PARAMETER_VALUE")
            #expect(node.commitCount == 0)
        }
    }

    @Test(arguments: ["limit=101", "offset=1001", "page_token=AAAA", "limit=x"])
    func parametersOutOfBoundsAreNamed(_ query: String) async throws {
        try await APITest.run { _, client async throws in
            let answer = try await client.get("/api/2.1/jobs/list?\(query)")
            #expect(answer.status == 400)
            #expect(answer.errorCode == "INVALID_PARAMETER_VALUE")
        }
    }
}
