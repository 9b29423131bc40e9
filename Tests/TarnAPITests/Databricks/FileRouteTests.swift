import Foundation
import HTTPTypes
import TarnCore
import TarnCrypto
import Testing

@testable import TarnAPI

@Suite struct FileRouteTests {
    private static let dbfs = "/api/2.0/dbfs"
    private static let files = "/api/2.0/fs/files"

    private static func pattern(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
    }

    private static func stream(
        _ client: APITest.Client,
        _ path: String,
        _ content: [UInt8],
        blockBytes: Int
    ) async throws -> APITest.Answer {
        let opened = try await client.send(.post, "\(self.dbfs)/create", #"{"path": "\#(path)"}"#)
        let handle = try opened.number("handle")
        for start in stride(from: 0, to: content.count, by: blockBytes) {
            let block = Array(content[start..<min(start + blockBytes, content.count)])
            let body = #"{"handle": \#(handle), "data": "\#(Base64.encode(block))"}"#
            #expect(try await client.send(.post, "\(self.dbfs)/add-block", body).text == "{}")
        }
        return try await client.send(.post, "\(self.dbfs)/close", #"{"handle": \#(handle)}"#)
    }

    @Test(arguments: [0, 1, 1_000_000, 4 << 20, (4 << 20) + 1, (9 << 20) + 5])
    func aStreamOfBlocksBecomesTheFile(_ count: Int) async throws {
        try await APITest.run { node, client async throws in
            let content = Self.pattern(count)
            #expect(try await Self.stream(client, "/tmp/f", content, blockBytes: 1 << 20).text == "{}")
            let entry = try #require(node["/volumes/dbfs/main/root/tmp/f"])
            #expect(entry.content == SHA256.digest(content))
            #expect((entry.manifest != nil) == (count > Limits.blobBytesMax))
            var read: [UInt8] = []
            while read.count < count {
                let target = "\(Self.dbfs)/read?path=/tmp/f&offset=\(read.count)&length=1000000"
                let answer = try await client.get(target)
                let part = try #require(Base64.decode(try answer.string("data")))
                #expect(try answer.number("bytes_read") == part.count)
                guard !part.isEmpty else { break }
                read += part
            }
            #expect(SHA256.digest(read) == SHA256.digest(content))
        }
    }

    @Test func aHandleIsItsOwnersAndEndsWithTheFile() async throws {
        try await APITest.run { _, client async throws in
            let opened = try await client.send(.post, "\(Self.dbfs)/create", #"{"path": "/f"}"#, token: APITest.writer)
            let body = #"{"handle": \#(try opened.number("handle"))}"#
            #expect(try await client.send(.post, "\(Self.dbfs)/close", body).status == 404)
            #expect(try await client.send(.post, "\(Self.dbfs)/close", body, token: APITest.writer).status == 200)
            #expect(try await client.send(.post, "\(Self.dbfs)/close", body, token: APITest.writer).status == 404)
        }
    }

    @Test func filesOfDBFSAreListedMovedAndDeleted() async throws {
        try await APITest.run { _, client async throws in
            for name in ["a/1", "a/b/2"] {
                let put = #"{"path": "dbfs:/\#(name)", "contents": "aGk="}"#
                #expect(try await client.send(.post, "\(Self.dbfs)/put", put).text == "{}")
            }
            #expect(try await client.get("\(Self.dbfs)/list?path=/a").names("files") == ["/a/1", "/a/b"])
            #expect(try await client.get("\(Self.dbfs)/list?path=/a/1").names("files") == ["/a/1"])
            let status = try await client.get("\(Self.dbfs)/get-status?path=dbfs:/a/1")
            #expect(try status.number("file_size") == 2)
            let again = try await client.send(.post, "\(Self.dbfs)/put", #"{"path": "/a/1", "contents": ""}"#)
            #expect(again.status == 400)
            #expect(try again.string("message").contains("A file or directory already exists"))
            let move = #"{"source_path": "/a", "destination_path": "/c"}"#
            #expect(try await client.send(.post, "\(Self.dbfs)/move", move).text == "{}")
            #expect(try await client.get("\(Self.dbfs)/get-status?path=/a").status == 404)
            let refused = try await client.send(.post, "\(Self.dbfs)/delete", #"{"path": "/c"}"#)
            #expect(refused.status == 400)
            let taken = try await client.send(.post, "\(Self.dbfs)/delete", #"{"path": "/c", "recursive": true}"#)
            #expect(taken.text == "{}")
            #expect(try await client.get("\(Self.dbfs)/list?path=/").text == "{}")
        }
    }

    @Test func filesOfVolumesHaveRangesAndDates() async throws {
        try await APITest.run { node, client async throws in
            let path = "\(Self.files)/Volumes/main/s/v/with%20%3F%20and%20%23.txt"
            #expect(try await client.send(.put, path, "some text data").status == 204)
            #expect(node["/volumes/main/s/v/with ? and #.txt"]?.size == 14)
            let again = try await client.send(.put, path, "other")
            #expect(again.status == 409)
            #expect(again.errorCode == "ALREADY_EXISTS")
            #expect(try await client.send(.put, "\(path)?overwrite=true", "some text data").status == 204)
            let part = try await client.get(path, headers: ["Range": "bytes=5-8"])
            #expect(part.status == 206)
            #expect(part.text == "text")
            let tag = try #require(part.header("ETag"))
            let same = try await client.get(path, headers: ["Range": "bytes=5-8", "If-Range": tag])
            #expect(same.text == "text")
            for other in ["\"\(Digest.zero.hex)\"", "Thu, 01 Jan 1970 00:00:00 GMT"] {
                let whole = try await client.get(path, headers: ["Range": "bytes=5-8", "If-Range": other])
                #expect(whole.status == 200)
                #expect(whole.text == "some text data")
            }
            let head = try await client.send(.head, path)
            #expect(head.header("Content-Length") == "14")
            #expect(head.header("Content-Type") == "application/octet-stream")
            let date = try #require(head.header("Last-Modified"))
            #expect(HTTPDate.seconds(date) != nil)
            #expect(try await client.get(path, headers: ["If-Unmodified-Since": date]).status == 200)
            let early = "Thu, 01 Jan 1970 00:00:00 GMT"
            #expect(try await client.get(path, headers: ["If-Unmodified-Since": early]).status == 412)
            #expect(try await client.send(.delete, path).status == 204)
            #expect(try await client.get(path).errorCode == "NOT_FOUND")
        }
    }

    @Test func directoriesAreListedInPages() async throws {
        try await APITest.run { _, client async throws in
            let directory = "/api/2.0/fs/directories/Volumes/main/s/v/d"
            #expect(try await client.send(.put, "\(directory)/").status == 204)
            #expect(try await client.send(.head, directory).status == 200)
            for index in 0..<3 {
                _ = try await client.send(.put, "\(Self.files)/Volumes/main/s/v/d/\(index)", "x")
            }
            let first = try await client.get("\(directory)?page_size=2")
            #expect(try first.names("contents", "name") == ["0", "1"])
            let token = try first.string("next_page_token")
            let second = try await client.get("\(directory)?page_size=2&page_token=\(token)")
            #expect(try second.names("contents", "path") == ["/Volumes/main/s/v/d/2"])
            #expect(try await client.send(.delete, directory).errorCode == "DIRECTORY_NOT_EMPTY")
        }
    }

    @Test func partsAreJoinedInTheOrderOfTheirNumbers() async throws {
        try await APITest.run { node, client async throws in
            let content = Self.pattern((5 << 20) + 7)
            let parts = [Array(content[..<3_000_000]), Array(content[3_000_000...])]
            let file = "\(Self.files)/Volumes/main/s/v/big"
            let begun = try await client.send(.post, "\(file)?action=initiate-upload&overwrite=true")
            let session = try #require(
                (try begun.json["multipart_upload"] as? [String: Any])?["session_token"] as? String
            )
            let wish =
                #"{"path": "/Volumes/main/s/v/big", "session_token": "\#(session)", "start_part_number": 1, "count": 2}"#
            let urls = try await client.send(.post, "/api/2.0/fs/create-upload-part-urls", wish).list(
                "upload_part_urls"
            )
            var tags: [String] = []
            for (url, part) in zip(urls, parts).reversed() {
                let text = try #require(url["url"] as? String)
                let target = String(text[try #require(text.range(of: "/api/")).lowerBound...])
                let put = try await client.send(.put, target, bytes: part, token: nil)
                #expect(put.status == 200)
                tags.insert(try #require(put.header("ETag")), at: 0)
                let forged = target.replacing("signature=", with: "signature=A")
                #expect(try await client.send(.put, forged, bytes: part, token: nil).status == 403)
            }
            let named = tags.enumerated().map {
                #"{"part_number": \#($0.offset + 1), "etag": "\#($0.element.replacing("\"", with: "\\\""))"}"#
            }
            let end = "\(file)?action=complete-upload&upload_type=multipart&session_token=\(session)"
            let wrong = try await client.send(.post, end, #"{"parts": [{"part_number": 9}]}"#)
            #expect(wrong.status == 400)
            let done = try await client.send(.post, end, #"{"parts": [\#(named.joined(separator: ","))]}"#)
            #expect(done.status == 200, "\(done.text)")
            #expect(node["/volumes/main/s/v/big"]?.content == SHA256.digest(content))
        }
    }

    @Test(arguments: [UInt64(0), 784_111_777, 1_795_246_845])
    func datesAreReadAsTheyAreWritten(_ seconds: UInt64) {
        let text = HTTPDate.text(microseconds: seconds * 1_000_000)
        #expect(HTTPDate.seconds(text) == seconds)
        if seconds == 784_111_777 { #expect(text == "Sun, 06 Nov 1994 08:49:37 GMT") }
    }
}
