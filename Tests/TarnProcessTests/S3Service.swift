import Foundation
import Glibc

/// A real service that speaks S3, from a program of its own.
final class S3Service {
    static let key = "tarn-test-key"
    private static let secret = "tarn-test-secret"

    private let process: Process
    /// `http://127.0.0.1:PORT` with the port that the system gave it.
    private let url: String

    /// Serves a folder below `directory`, with one bucket, `mirror`.
    init(rclone: String, in directory: URL) throws {
        let folder = directory.appendingPathComponent("s3")
        try FileManager.default.createDirectory(
            at: folder.appendingPathComponent("mirror"),
            withIntermediateDirectories: true
        )
        let log = directory.appendingPathComponent("s3.log")
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: rclone)
        process.arguments = [
            "serve", "s3", folder.path, "--addr", "127.0.0.1:0", "--auth-key", "\(Self.key),\(Self.secret)",
            "--config", "/dev/null",
        ]
        process.standardError = try FileHandle(forWritingTo: log)
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        self.process = process
        self.url = try Self.url(in: log, of: process)
    }

    var environment: [String: String] {
        [
            "AWS_ACCESS_KEY_ID": Self.key, "AWS_SECRET_ACCESS_KEY": Self.secret, "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": self.url,
        ]
    }

    func stop() {
        kill(self.process.processIdentifier, SIGKILL)
        self.process.waitUntilExit()
    }

    /// Waits until the log says where the service listens: `Starting s3 server on [http://127.0.0.1:40685/]`.
    private static func url(in log: URL, of process: Process) throws -> String {
        var text = ""
        var url: String?
        _ = Polling.holds(within: 20) {
            text = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
            url = Self.url(in: text)
            return url != nil || !process.isRunning
        }
        if let url { return url }
        kill(process.processIdentifier, SIGKILL)
        throw ProcessCluster.Failure(description: "rclone does not serve: \(text)")
    }

    private static func url(in log: String) -> String? {
        guard let start = log.range(of: "server on ["),
            let end = log.range(of: "/]", range: start.upperBound..<log.endIndex)
        else { return nil }
        return String(log[start.upperBound..<end.lowerBound])
    }
}
