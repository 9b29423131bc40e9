import Foundation
import HTTPTypes
import TarnCore
import TarnCrypto
import TarnNode
import Testing

@testable import TarnAPI

/// What clients send that cannot be taken: the code and the message say so, and nothing is written.
@Suite struct BadInputTests {
    private static let api = "/api/2.0/workspace"

    private static func importing(_ path: String, _ bytes: [UInt8]) -> String {
        #"{"path": "\#(path)", "language": "PYTHON", "content": "\#(Base64.encode(bytes))"}"#
    }

    @Test(arguments: ["JSON", "form", "bytes"])
    func aNotebookOfElevenMegabytesIsRefusedHoweverItComes(_ way: String) async throws {
        try await APITest.run { node, client async throws in
            let content = [UInt8](repeating: 0x78, count: 11 << 20)
            let answer: APITest.Answer
            switch way {
            case "JSON":
                answer = try await client.send(.post, "\(Self.api)/import", Self.importing("/Shared/n", content))
            case "form":
                let head = [
                    "--b", #"Content-Disposition: form-data; name="path""#, "", "/Shared/n", "--b",
                    #"Content-Disposition: form-data; name="content"; filename="content""#, "", "",
                ].joined(separator: "\r\n")
                answer = try await client.send(
                    .post,
                    "\(Self.api)/import",
                    bytes: Array(head.utf8) + content + Array("\r\n--b--\r\n".utf8),
                    headers: ["Content-Type": "multipart/form-data; boundary=b"]
                )
            default:
                answer = try await client.send(
                    .put,
                    "/api/2.0/fs/files/workspace/n",
                    bytes: content
                )
            }
            #expect(answer.status == 400)
            #expect(answer.errorCode == (way == "bytes" ? "INVALID_PARAMETER_VALUE" : "MAX_NOTEBOOK_SIZE_EXCEEDED"))
            #expect(node.commitCount == 0)
        }
    }

    @Test(arguments: ["\(api)/import", "\(api)/mkdirs", "/api/2.1/jobs/create", "/api/2.0/dbfs/add-block"])
    func aBodyOfAHundredMegabytesIsRefusedBeforeItIsRead(_ target: String) async throws {
        try await APITest.run { node, client async throws in
            // The test's transport announces the length of what it sends; the header stands for a body that never
            // comes.
            let answer = try await client.send(.post, target, "{", headers: ["Content-Length": String(100 << 20)])
            #expect([400, 413].contains(answer.status))
            #expect(
                ["MAX_NOTEBOOK_SIZE_EXCEEDED", "REQUEST_TOO_LARGE", "MALFORMED_REQUEST"].contains(answer.errorCode)
            )
            #expect(node.commitCount == 0)
        }
    }

    @Test func jsonThatIsNestedWithoutEndIsRefused() async throws {
        try await APITest.run { _, client async throws in
            let body = #"{"a": "# + String(repeating: "[", count: 200_000)
            let answer = try await client.send(.post, "/api/2.1/jobs/create", body)
            #expect(answer.status == 400)
            #expect(answer.errorCode == "MALFORMED_REQUEST")
        }
    }

    @Test(arguments: [
        "/Shared/../../meta/token/x", "/Shared/./n", "/../other/n", "/Workspace/../x", "/Shared/a\\u0000b",
    ])
    func pathsThatLeadOutAreRefused(_ path: String) async throws {
        try await APITest.run { node, client async throws in
            for (call, body) in [
                ("import", Self.importing(path, [0x31])), ("mkdirs", #"{"path": "\#(path)"}"#),
                ("delete", #"{"path": "\#(path)", "recursive": true}"#),
            ] {
                let answer = try await client.send(.post, "\(Self.api)/\(call)", body)
                #expect(answer.status == 400, "\(call)")
                #expect(answer.errorCode == "INVALID_PARAMETER_VALUE", "\(call)")
                #expect(try answer.string("message").contains("is invalid"), "\(call)")
            }
            let put = #"{"path": "\#(path)", "contents": ""}"#
            #expect(try await client.send(.post, "/api/2.0/dbfs/put", put).status == 400)
            #expect(node.commitCount == 0)
        }
    }

    @Test func namesThatDifferInCaseAreTwoObjects() async throws {
        try await APITest.run { _, client async throws in
            for (name, text) in [("N", "1"), ("n", "2"), ("É", "3"), ("é", "4")] {
                let body = Self.importing("/Shared/\(name)", Array(text.utf8))
                #expect(try await client.send(.post, "\(Self.api)/import", body).status == 200)
            }
            let names = try await client.get("\(Self.api)/list?path=/Shared").names("objects")
            #expect(names == ["/Shared/N", "/Shared/n", "/Shared/É", "/Shared/é"])
            let export = "\(Self.api)/export?direct_download=true&path=/Shared/"
            #expect(try await client.get("\(export)N").text.hasSuffix("1"))
            #expect(try await client.get("\(export)n").text.hasSuffix("2"))
        }
    }

    @Test(arguments: [(4_096, 200), (4_097, 400), (20_000, 400)])
    func aPathMayHave4096BytesInAll(_ count: Int, _ status: Int) async throws {
        try await APITest.run { _, client async throws in
            let prefix = "/workspace/main".utf8.count
            // Names of 200 bytes, the last one as long as is left.
            var path = "/Shared"
            while prefix + path.utf8.count + 202 < count { path += "/" + String(repeating: "é", count: 100) }
            path += "/" + String(repeating: "x", count: count - prefix - path.utf8.count - 1)
            #expect(prefix + path.utf8.count == count)
            let answer = try await client.send(.post, "\(Self.api)/mkdirs", #"{"path": "\#(path)"}"#)
            #expect(answer.status == status)
            guard status == 200 else {
                #expect(answer.errorCode == "INVALID_PARAMETER_VALUE")
                #expect(answer.text.utf8.count < 1_000)
                return
            }
            let encoded = path.replacing("é", with: "%C3%A9")
            #expect(try await client.get("\(Self.api)/get-status?path=\(encoded)").string("path") == path)
        }
    }

    @Test func anAccessTokenEndsWithItsHourAndIsNotForged() async throws {
        try await APITest.run { node, client async throws in
            let bearer = BearerToken(id: "0123456789abcdef", secret: Array(repeating: 1, count: 32))
            try node.add(token: bearer.text, name: "machine", scope: .read)
            let box = try SecretBox(key: Array(repeating: 3, count: SecretBox.keyBytesCount))
            func token(_ expiry: UInt64, _ id: String) -> String {
                let payload = Array("\(expiry).\(id)".utf8)
                let mac = box.authenticate(payload, purpose: "oauth access token")
                return "tarnoauth.\(Base64.encodeForURL(payload)).\(Base64.encodeForURL(mac))"
            }
            let later = WallClock.microseconds() / 1_000_000 + 100
            for (text, status) in [
                (token(later, bearer.id), 200), (token(1, bearer.id), 401), (token(later, "x"), 401),
            ] {
                #expect(try await client.get("\(Self.api)/list?path=/", token: text).status == status)
            }
            let forged = token(later, bearer.id).replacing("tarnoauth.", with: "tarnoauth.A")
            let answer = try await client.get("\(Self.api)/list?path=/", token: forged)
            #expect(answer.status == 401)
            #expect(answer.errorCode == "UNAUTHENTICATED")
        }
    }

    @Test(arguments: [
        ("/api/2.0/fs/directories/Volumes/a/b/c", "/api/2.0/fs/directories/Volumes/a/b/d"),
        ("/api/2.1/jobs/list", "/api/2.1/jobs/list?name=other"),
        ("/api/2.0/pipelines", "/api/2.1/jobs/list"),
    ])
    func aPageTokenOfAnotherQuestionIsRefused(_ first: String, _ second: String) async throws {
        try await APITest.run { _, client async throws in
            for index in 0..<3 {
                for directory in ["c", "d"] {
                    _ = try await client.send(.put, "/api/2.0/fs/files/Volumes/a/b/\(directory)/\(index)", "x")
                }
                _ = try await client.send(.post, "/api/2.1/jobs/create", #"{"name": "other"}"#)
                _ = try await client.send(.post, "/api/2.0/pipelines", #"{"name": "p\#(index)"}"#)
            }
            let page = try await client.get("\(first)?page_size=1&limit=1&max_results=1")
            let token = try page.string("next_page_token")
            let mark = second.contains("?") ? "&" : "?"
            let answer = try await client.get("\(second)\(mark)page_token=\(token)")
            #expect(answer.status == 400)
            #expect(answer.errorCode == "INVALID_PARAMETER_VALUE")
            let nonsense = try await client.get("\(first)?page_token=!!!")
            #expect(nonsense.status == 400)
        }
    }

    @Test(arguments: [
        "--c\r\n\r\n", "--b\r\nContent-Disposition: form-data; name=\"path\"\r\n\r\n/x",
        "--b\r\nContent-Disposition: form-data\r\n\r\n/x\r\n--b--",
    ])
    func aBrokenFormIsRefused(_ form: String) async throws {
        try await APITest.run { _, client async throws in
            let headers = ["Content-Type": "multipart/form-data; boundary=b"]
            let answer = try await client.send(.post, "\(Self.api)/import", form, headers: headers)
            #expect(answer.status == 400)
            #expect(answer.errorCode == "MALFORMED_REQUEST" || answer.errorCode == "INVALID_PARAMETER_VALUE")
        }
    }

    @Test(arguments: [(70, 200), (71, 400), (30_000, 400)])
    func aBoundaryHasSeventyCharactersAtMost(_ count: Int, _ status: Int) async throws {
        try await APITest.run { _, client async throws in
            let boundary = String(repeating: "-", count: count - 1) + "x"
            let headers = ["Content-Type": "multipart/form-data; boundary=\(boundary)"]
            let form =
                "--\(boundary)\r\nContent-Disposition: form-data; name=\"path\"\r\n\r\n/Shared/f\r\n"
                + "--\(boundary)\r\nContent-Disposition: form-data; name=\"contents\"\r\n\r\nhi\r\n--\(boundary)--\r\n"
            let answer = try await client.send(.post, "/api/2.0/dbfs/put", form, headers: headers)
            #expect(answer.status == status, "\(answer.text)")
            if status == 400 { #expect(answer.errorCode == "MALFORMED_REQUEST") }
        }
    }

    /// Clients repeat a call for minutes upon these texts, whatever the status is.
    @Test func noMessageHoldsATextUponWhichClientsRepeatTheCall() async throws {
        try await APITest.run { node, client async throws in
            node.fail { $0.snapshot = APITest.Surprise() }
            let answer = try await client.get("\(Self.api)/list?path=/")
            #expect(answer.status == 500)
            for text in ["Unexpected error", "Please try again later or try a faster operation.", "ClusterNotReady"] {
                #expect(!answer.text.contains(text))
            }
        }
    }
}

extension APITest {
    /// An error that nobody foresaw.
    struct Surprise: Error {}
}
