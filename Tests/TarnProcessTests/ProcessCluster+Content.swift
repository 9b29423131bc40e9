import Foundation
import Testing

/// What tests of several kinds do with the command line tool.
extension ProcessCluster {
    /// Writes a text, which has to succeed.
    func put(_ text: String, at path: String) throws {
        let result = try self.tryToPut(text, at: path)
        guard result.status == 0 else { throw Failure(description: "put \(path): \(result.status) \(result.errors)") }
    }

    /// Writes a text, which may be refused.
    func tryToPut(_ text: String, at path: String) throws -> Result {
        let file = self.directory.appendingPathComponent("put-\(UUID().uuidString)")
        try Data(text.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try self.tarn(["put", file.path, path])
    }

    /// Has a cluster of one take in two more, whose nodes are still to be launched. Returns what the command printed.
    @discardableResult
    func growToThree() throws -> String {
        let joining = ["--join", self.argument("dc2", 2), "--join", self.argument("dc3", 3)]
        let grown = try self.tarn(["cluster", "grow", self.layout] + joining)
        guard grown.status == 0 else { throw Failure(description: "grow: \(grown.status) \(grown.errors)") }
        return grown.output
    }

    /// Waits until those who were learning the log vote.
    func waitForVoters() throws {
        let isGrown = Polling.holds(within: 60, every: Polling.questionSeconds) {
            (try? self.done("cluster", "members").contains("observer")) == true
        }
        guard isGrown else { throw Failure(description: "the cluster does not grow") }
    }

    /// Op and root that all datacentres agree on.
    func head() throws -> (op: UInt64, root: String) {
        let root = try self.converge()
        let head = try #require(try self.heads().values.first)
        return (head.commit, root)
    }

    /// The files and empty folders below `path`, with their contents.
    func export(_ path: String) throws -> [String: Data?] {
        let target = self.directory.appendingPathComponent("export-\(UUID().uuidString)")
        try self.done("export", path, target.path)
        return try SampleTree.contents(of: target)
    }

    /// Runs a command that has to succeed, with more in its environment.
    func tool(_ arguments: [String], _ environment: [String: String]) throws -> String {
        let result = try self.run(Self.binary.path, arguments, environment: environment)
        guard result.status == 0 else {
            throw Failure(description: "tarn \(arguments.joined(separator: " ")): \(result.status) \(result.errors)")
        }
        return result.output
    }
}
