internal import Foundation
internal import TarnClient

/// Paths that are handed to other processes, which may stand elsewhere.
enum AbsolutePath {
    /// `path` from the root on. Throws when nothing is there.
    static func of(_ path: String) throws -> String {
        let url = URL(fileURLWithPath: path).standardizedFileURL
        guard FileManager.default.fileExists(atPath: url.path) else {
            throw ClientError(.usage, "\(path) is not there")
        }
        return url.path
    }
}
