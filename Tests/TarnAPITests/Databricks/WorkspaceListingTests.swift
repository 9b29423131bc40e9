import Foundation
import HTTPTypes
import TarnCore
import TarnNode
import Testing

@testable import TarnAPI

/// A list is written in another way than a single object, and says the same.
@Suite struct WorkspaceListingTests {
    private static let api = "/api/2.0/workspace"

    private static func encoded(_ path: String) throws -> String {
        try #require(path.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
    }

    /// How many objects a list has, and the paths of those whose own status says something else.
    private static func compare(
        _ folder: String,
        _ client: APITest.Client
    ) async throws -> (count: Int, differing: [String]) {
        let listed = try await client.get("\(self.api)/list?path=\(try self.encoded(folder))").list("objects")
        var differing: [String] = []
        for object in listed {
            let path = try #require(object["path"] as? String)
            let single = try await client.get("\(self.api)/get-status?path=\(try self.encoded(path))").json
            if NSDictionary(dictionary: object) != NSDictionary(dictionary: single) { differing.append(path) }
        }
        return (listed.count, differing)
    }

    @Test(arguments: ["/Shared", #"/Shared/"quoted" and \back"#, "/Shared/Übersicht 日本"])
    func eachObjectOfAListIsWhatItsStatusSays(_ folder: String) async throws {
        try await APITest.run { node, client async throws in
            let base = "/workspace/main\(folder)"
            try await node.change("\(base)/folder", .put(.directory()))
            try await node.change("\(base)/repo", .put(.directory(try Attributes(["kind": "repo"]))))
            try await node.write("\(base)/folder/inner/deep.txt", "not listed")
            try await node.write(#"\#(base)/a "file" \ of\#tbytes.txt"#, "123")
            let content = try await node.put(blobs: [Array("# Databricks notebook source\n1".utf8)]).addresses[0]
            for (language, format) in [("PYTHON", "SOURCE"), ("SQL", "JUPYTER"), ("R", "DBC"), ("SCALA", "HTML")] {
                let attributes = try Attributes(["kind": "notebook", "language": language, "format": format])
                let entry = try Entry.file(content: content, size: 30, attributes: attributes)
                try await node.change("\(base)/notebook in \(language)", .put(entry))
            }
            let kind = try Attributes(["kind": "dashboard"])
            try await node.change(
                "\(base)/dashboard",
                .put(try Entry.file(content: content, size: 30, attributes: kind))
            )
            for (place, count) in [(folder, 8), ("/", 1), ("\(folder)/notebook in SQL", 1)] {
                let list = try await Self.compare(place, client)
                #expect(list.count == count, "\(place)")
                #expect(list.differing == [], "\(place)")
            }
        }
    }

    @Test func anEmptyFolderIsAnEmptyObject() async throws {
        try await APITest.run { node, client async throws in
            try await node.change("/workspace/main/empty", .put(.directory()))
            #expect(try await client.get("\(Self.api)/list?path=/empty").text == "{}")
        }
    }
}
