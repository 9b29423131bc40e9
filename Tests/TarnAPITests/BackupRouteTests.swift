import HTTPTypes
import TarnCore
import Testing

@testable import TarnAPI

@Suite("Backup routes")
struct BackupRouteTests {
    @Test("segments are listed with the op that they hold, and read in pieces")
    func segments() async throws {
        try await APITest.run { _, client async throws in
            let list = try await client.send(.post, "/v1/backup")
            #expect(list.status == 200)
            #expect(list.text.contains(#""op":7"#) && list.text.contains(#""genesis":"AQID""#), "\(list.text)")
            #expect(list.text.contains(#"{"number":4,"stream":"bulk","bytes":4,"#))
            let whole = try await client.send(.get, "/v1/backup/segments/3")
            #expect(whole.status == 200 && whole.text == "small segment")
            let piece = try await client.send(.get, "/v1/backup/segments/3?offset=6&count=3")
            #expect(piece.text == "seg")
        }
    }

    @Test(
        "what is no segment, or no piece of one, is refused",
        arguments: [
            ("9", 404), ("x", 400), ("3?count=0", 400), ("3?offset=-1", 400), ("3?count=99999999", 400),
            ("3?fingerprint=12", 400),
        ]
    )
    func refused(target: String, status: Int) async throws {
        try await APITest.run { _, client async throws in
            #expect(try await client.send(.get, "/v1/backup/segments/\(target)").status == status)
        }
    }
}
