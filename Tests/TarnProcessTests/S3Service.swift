import Foundation
import Glibc

/// A real service that speaks S3, from a program of its own.
final class S3Service {
    static let key = "tarn-test-key"
    private static let secret = "tarn-test-secret"

    private let process = Process()
    private let log: URL
    private let port: UInt16

    /// Serves a folder below `directory`, with one bucket, `mirror`.
    init(rclone: String, in directory: URL) throws {
        let folder = directory.appendingPathComponent("s3")
        try FileManager.default.createDirectory(
            at: folder.appendingPathComponent("mirror"),
            withIntermediateDirectories: true
        )
        self.log = directory.appendingPathComponent("s3.log")
        self.port = UInt16.random(in: 20_000...29_999)
        _ = FileManager.default.createFile(atPath: self.log.path, contents: nil)
        self.process.executableURL = URL(fileURLWithPath: rclone)
        self.process.arguments = [
            "serve", "s3", folder.path, "--addr", "127.0.0.1:\(self.port)", "--auth-key", "\(Self.key),\(Self.secret)",
            "--config", "/dev/null",
        ]
        self.process.standardError = try FileHandle(forWritingTo: self.log)
        self.process.standardOutput = FileHandle.nullDevice
        try self.process.run()
        try self.waitUntilReady()
    }

    var environment: [String: String] {
        [
            "AWS_ACCESS_KEY_ID": Self.key, "AWS_SECRET_ACCESS_KEY": Self.secret, "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": "http://127.0.0.1:\(self.port)",
        ]
    }

    func stop() {
        kill(self.process.processIdentifier, SIGKILL)
        self.process.waitUntilExit()
    }

    private func waitUntilReady() throws {
        var text = ""
        var isServing = false
        _ = Polling.holds(within: 20) {
            text = (try? String(contentsOf: self.log, encoding: .utf8)) ?? ""
            isServing = text.contains("Starting s3 server") || text.contains("Serving")
            return isServing || !self.process.isRunning
        }
        guard isServing else { throw ProcessCluster.Failure(description: "rclone does not serve: \(text)") }
    }
}
