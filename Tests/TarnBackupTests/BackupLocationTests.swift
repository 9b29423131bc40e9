import TarnClient
import Testing

@testable import TarnBackup

@Suite("Places of backups")
struct BackupLocationTests {
    @Test(
        "places are read from URLs",
        arguments: [
            ("file:///a/b", BackupLocation.folder("/a/b")), ("s3://bucket", .bucket("bucket", prefix: "")),
            ("s3://bucket/a/b/", .bucket("bucket", prefix: "a/b/")),
        ]
    )
    func location(url: String, expected: BackupLocation) throws {
        #expect(try BackupLocation(url) == expected)
    }

    @Test("other places are refused", arguments: ["", "file://", "s3://", "/a/b", "http://a/b", "S3://b"])
    func wrongLocation(url: String) {
        let error = #expect(throws: ClientError.self) { try BackupLocation(url) }
        #expect(error?.code == .usage)
    }
}
