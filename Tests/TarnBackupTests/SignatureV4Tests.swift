import TarnClient
import TarnCore
import TarnCrypto
import Testing

@testable import TarnBackup

@Suite("Signatures of S3 requests")
struct SignatureV4Tests {
    /// The example "GET Object" of Amazon's documentation, without its Range header, which is not signed here.
    private static let credentials = S3Credentials(
        accessKey: "AKIAIOSFODNN7EXAMPLE",
        secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        sessionToken: nil,
        region: "us-east-1",
        endpoint: "https://examplebucket.s3.amazonaws.com"
    )

    /// 2013-05-24T00:00:00Z
    private static let now: UInt64 = 1_369_353_600_000_000

    @Test("the documented listing of a bucket has the documented signature")
    func documentedListing() throws {
        let signature = SignatureV4(credentials: Self.credentials, now: Self.now)
        let headers = signature.headers(
            method: "GET",
            path: "/",
            query: [("prefix", "J"), ("max-keys", "2")],
            payload: SHA256.digest([])
        )
        let authorization = try #require(headers.first { $0.name == "authorization" }?.value)
        #expect(
            authorization.hasSuffix("Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")
        )
        #expect(authorization.contains("Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"))
        #expect(authorization.contains("SignedHeaders=host;x-amz-content-sha256;x-amz-date"))
        #expect(!headers.contains { $0.name == "host" })
    }

    @Test("every part of a request changes its signature")
    func partsCount() {
        func sign(_ method: String, _ path: String, _ query: [(String, String)], _ body: [UInt8]) -> String? {
            SignatureV4(credentials: Self.credentials, now: Self.now)
                .headers(method: method, path: path, query: query, payload: SHA256.digest(body)).last?.value
        }
        let signatures = [
            sign("GET", "/a", [], []), sign("PUT", "/a", [], []), sign("GET", "/b", [], []),
            sign("GET", "/a", [("x", "1")], []), sign("GET", "/a", [], [1]),
        ]
        #expect(Set(signatures).count == 5)
    }

    @Test("a session token is signed and sent")
    func sessionToken() {
        let credentials = S3Credentials(
            accessKey: "A",
            secretKey: String(repeating: "s", count: 100),
            sessionToken: "token",
            region: "eu-central-1",
            endpoint: "http://127.0.0.1:9000"
        )
        let headers = SignatureV4(credentials: credentials, now: Self.now)
            .headers(method: "GET", path: "/", query: [], payload: .zero)
        #expect(headers.contains { $0.name == "x-amz-security-token" && $0.value == "token" })
        #expect(headers.last?.value.contains("x-amz-date;x-amz-security-token") ?? false)
    }

    @Test(
        "paths and queries are encoded as S3 wants it",
        arguments: [
            ("a/b c", true, "a/b%20c"), ("a/b", false, "a%2Fb"), ("ü~-._", true, "%C3%BC~-._"),
            ("a+b=c&d", true, "a%2Bb%3Dc%26d"),
        ]
    )
    func encoding(text: String, keepsSlash: Bool, expected: String) {
        #expect(SignatureV4.encode(text, keepsSlash: keepsSlash) == expected)
    }

    @Test("the environment says who asks, and what is missing is named")
    func environment() throws {
        let full = [
            "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_ENDPOINT_URL": "http://127.0.0.1:9000/",
        ]
        let credentials = try S3Credentials(environment: full)
        #expect(credentials.endpoint == "http://127.0.0.1:9000" && credentials.region == "us-east-1")
        let missing = #expect(throws: ClientError.self) { try S3Credentials(environment: [:]) }
        #expect(missing?.code == .usage && missing?.message.contains("AWS_ACCESS_KEY_ID") == true)
        let malformed = #expect(throws: ClientError.self) {
            try S3Credentials(environment: full.merging(["AWS_ENDPOINT_URL": "127.0.0.1:9000"]) { $1 })
        }
        #expect(malformed?.code == .usage && malformed?.message.contains("AWS_ENDPOINT_URL") == true)
        let plain = try S3Credentials(
            environment: full.merging(["AWS_ENDPOINT_URL": "https://s3.example.org:443"]) { $1 }
        )
        #expect(plain.host == "s3.example.org")
    }
}
