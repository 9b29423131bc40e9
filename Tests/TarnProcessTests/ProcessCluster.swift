import Foundation
import Glibc
import Synchronization
import TarnCore
import TarnCrypto

/// Three real node processes on loopback addresses of their own, and the command line tool beside them.
///
/// Everything stands in a temporary folder; ``stop()`` ends what was started here, by process id.
final class ProcessCluster: Sendable {
    struct Result {
        let status: Int32
        let output: String
        let errors: String
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    static let names = ["dc1", "dc2", "dc3"]
    /// Characters of a log's end that a failure shows.
    private static let logTailCount = 2_000

    let directory: URL
    let client: String
    private let host: String
    private let nodes: Mutex<[String: Process]> = Mutex([:])
    /// Whether all members have met once.
    private let hasBegun = Mutex(false)
    private let network: NamespaceNetwork?

    /// An empty folder, and an address of 127.0.0.0/8, so that fixed ports of clusters side by side do not meet.
    private init(network: NamespaceNetwork?) throws {
        self.network = network
        self.directory = URL(fileURLWithPath: NSTemporaryDirectory()).appendingPathComponent(
            "tarn-\(UUID().uuidString)"
        )
        try FileManager.default.createDirectory(at: self.directory, withIntermediateDirectories: true)
        self.client = self.directory.appendingPathComponent("cluster/client.yaml").path
        self.host = "127.\(UInt8.random(in: 2...250)).\(UInt8.random(in: 1...250)).\(UInt8.random(in: 1...250))"
    }

    /// Makes a cluster of `count` datacentres and starts none; from a backup when there are `wishes`, arguments of
    /// `tarn restore`, which is to end with `status`. With a network, each lives in its namespace. `binary` is the program
    /// that makes it.
    convenience init(
        count: Int = 3,
        restoring wishes: [String] = [],
        environment: [String: String] = [:],
        status: Int32 = 0,
        network: NamespaceNetwork? = nil,
        binary: URL = ProcessCluster.binary
    ) throws {
        try self.init(network: network)
        let folder = self.directory.appendingPathComponent("cluster").path
        var arguments = (wishes.isEmpty ? ["cluster", "init"] : ["restore"]) + [folder] + wishes
        for (index, name) in Self.names.prefix(count).enumerated() {
            arguments += ["--dc", self.argument(name, index + 1)]
        }
        let made = try self.run(binary.path, arguments, environment: environment)
        guard made.status == status else {
            try? FileManager.default.removeItem(at: self.directory)
            throw Failure(description: "\(arguments[0]): \(made.status) \(made.errors)")
        }
        // Members of a restored cluster have a history to trust from the start, and so have those of one that grows.
        self.hasBegun.withLock { $0 = !wishes.isEmpty || count < Self.names.count }
    }

    /// Takes over a cluster of three that an archive holds as `cluster`, and starts none. Its files still name the
    /// address that it was made for.
    convenience init(unpacking archive: URL) throws {
        try self.init(network: nil)
        let unpacked = try self.run("/usr/bin/tar", ["-xJf", archive.path, "-C", self.directory.path])
        guard unpacked.status == 0 else {
            try? FileManager.default.removeItem(at: self.directory)
            throw Failure(description: "\(archive.path): \(unpacked.errors)")
        }
        self.hasBegun.withLock { $0 = true }
    }

    /// The binary that was built beside this test bundle.
    static var binary: URL {
        var folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        if let bundle = Bundle.allBundles.first(where: { $0.bundlePath.hasSuffix(".xctest") }) {
            folder = bundle.bundleURL.deletingLastPathComponent()
        }
        return folder.appendingPathComponent("tarn")
    }

    /// The folder that `cluster init` made.
    var layout: String { self.directory.appendingPathComponent("cluster").path }

    /// How a datacentre is given to the tool; `number` tells its ports from those of others.
    func argument(_ name: String, _ number: Int) -> String {
        let host = self.network?.address(name) ?? self.host
        return "\(name)=\(host):\(7100 + number),\(host):\(8100 + number)"
    }

    /// Has the files of a cluster that was made for the address `host` name this one's, with certificates for it.
    func replaceHost(_ host: String) throws {
        let files = Self.names.map { self.nodeDirectory($0).appendingPathComponent("node.yaml").path } + [self.client]
        for file in files {
            let text = try String(contentsOfFile: file, encoding: .utf8)
            try text.replacing(host, with: self.host).write(toFile: file, atomically: true, encoding: .utf8)
        }
        // The authority's own time may be over as well, or not have come by the clock of this machine.
        let folders = Self.names.map { self.nodeDirectory($0).path }
        for flags in [["--new-ca"], [], ["--retire-ca"]] {
            let rotated = try self.tarn(["cluster", "rotate"] + flags + ["--ca", "\(self.layout)/ca"] + folders)
            guard rotated.status == 0 else { throw Failure(description: "rotate \(flags): \(rotated.errors)") }
        }
    }

    func nodeDirectory(_ name: String) -> URL {
        self.directory.appendingPathComponent("cluster/\(name)")
    }

    func log(_ name: String) -> String {
        (try? String(contentsOf: self.directory.appendingPathComponent("\(name).log"), encoding: .utf8)) ?? ""
    }

    /// Starts a node and returns when it says that it is ready, or throws with the end of its log.
    func start(_ name: String, binary: URL = ProcessCluster.binary) throws {
        try self.launch(name, binary: binary)
        var isReady = false
        _ = Polling.holds(within: 30) {
            isReady = self.log(name).contains("\"message\":\"ready\"") && self.hasMet()
            return isReady || self.nodes.withLock { $0[name]?.isRunning != true }
        }
        guard isReady else {
            throw Failure(description: "\(name) did not get ready: \(self.log(name).suffix(Self.logTailCount))")
        }
    }

    /// Whether nobody is to be waited for: a new cluster begins when the last of its members has met the others.
    private func hasMet() -> Bool {
        let running = self.nodes.withLock { $0.count }
        return self.hasBegun.withLock { hasBegun in
            if hasBegun || running < Self.names.count { return true }
            hasBegun = Self.names.allSatisfy { self.log($0).contains("trusts its memory") }
            return hasBegun
        }
    }

    /// Starts a node, with more in its environment, and returns at once.
    func launch(
        _ name: String,
        binary: URL = ProcessCluster.binary,
        environment: [String: String] = [:]
    ) throws {
        let file = self.directory.appendingPathComponent("\(name).log")
        _ = FileManager.default.createFile(atPath: file.path, contents: nil)
        let process = Process()
        let arguments = ["node", "--config", self.nodeDirectory(name).appendingPathComponent("node.yaml").path]
        if let network {
            process.executableURL = URL(fileURLWithPath: "/usr/sbin/ip")
            process.arguments = ["netns", "exec", network.namespace(name), binary.path] + arguments
        } else {
            process.executableURL = binary
            process.arguments = arguments
        }
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardError = try FileHandle(forWritingTo: file)
        process.standardOutput = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        self.nodes.withLock { $0[name] = process }
    }

    /// SIGKILL, as a power cut would end it.
    func kill(_ name: String) {
        self.end(name, with: SIGKILL)
    }

    /// SIGTERM, and the exit status.
    @discardableResult
    func terminate(_ name: String) -> Int32 {
        self.end(name, with: SIGTERM)
    }

    /// Sends a signal that does not end the node.
    func signal(_ name: String, _ signal: Int32) {
        guard let process = self.nodes.withLock({ $0[name] }) else { return }
        Glibc.kill(process.processIdentifier, signal)
    }

    /// Waits until `text` stands in the node's log at least `count` times.
    func waitForLog(_ name: String, _ text: String, count: Int = 1, seconds: Double = 10) throws {
        let isSaid = Polling.holds(within: seconds) { self.log(name).components(separatedBy: text).count > count }
        guard isSaid else {
            throw Failure(description: "\(name) does not say \(text): \(self.log(name).suffix(Self.logTailCount))")
        }
    }

    @discardableResult
    private func end(_ name: String, with signal: Int32) -> Int32 {
        guard let process = self.nodes.withLock({ $0.removeValue(forKey: name) }) else { return -1 }
        Glibc.kill(process.processIdentifier, signal)
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// Waits for a node that was launched to end by itself, and returns its exit status.
    func waitForExit(_ name: String, seconds: Double = 20) -> Int32? {
        guard let process = self.nodes.withLock({ $0[name] }) else { return nil }
        return Polling.holds(within: seconds) { !process.isRunning } ? process.terminationStatus : nil
    }

    func stop() {
        for name in self.nodes.withLock({ Array($0.keys) }) { self.end(name, with: SIGKILL) }
        try? FileManager.default.removeItem(at: self.directory)
    }

    /// The most memory that a running node has had resident so far.
    func peakMemoryBytes(_ name: String) throws -> Int {
        let identifier = self.nodes.withLock { $0[name]?.processIdentifier }
        let status = try String(contentsOfFile: "/proc/\(identifier ?? 0)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
        guard let kibibytes = line.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
            throw Failure(description: "no VmHWM of \(name)")
        }
        return kibibytes << 10
    }

    /// Runs the command line tool against this cluster.
    @discardableResult
    func tarn(_ arguments: [String]) throws -> Result {
        try self.run(Self.binary.path, arguments)
    }

    /// Starts the command line tool against this cluster and does not wait for it. What it prints is dropped.
    func launchTool(_ arguments: [String]) throws -> Process {
        let process = Process()
        process.executableURL = Self.binary
        process.arguments = arguments
        process.environment = self.environment
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        return process
    }

    /// What the tool finds this cluster and its own memory by.
    private var environment: [String: String] {
        ProcessInfo.processInfo.environment.merging([
            "TARN_CONFIG": self.client, "TARN_BINARY": Self.binary.path,
            "XDG_STATE_HOME": self.directory.appendingPathComponent("state").path,
        ]) { $1 }
    }

    /// Runs a program and waits for that program alone: processes that it leaves behind may go on.
    func run(_ program: String, _ arguments: [String], environment: [String: String] = [:]) throws -> Result {
        // Files instead of pipes: a pipe that nobody reads would block a command that prints much.
        let base = self.directory.appendingPathComponent("run-\(UUID().uuidString)")
        let (output, errors) = (base.appendingPathExtension("out"), base.appendingPathExtension("err"))
        for file in [output, errors] { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
        defer {
            for file in [output, errors] { try? FileManager.default.removeItem(at: file) }
        }
        let status = try Self.spawn(
            [program] + arguments,
            environment: self.environment.merging(environment) { $1 },
            output: output.path,
            errors: errors.path
        )
        return Result(
            status: status,
            output: try String(contentsOf: output, encoding: .utf8),
            errors: try String(contentsOf: errors, encoding: .utf8)
        )
    }

    /// Foundation's `Process` counts as running for as long as any descendant holds its files open.
    private static func spawn(
        _ arguments: [String],
        environment: [String: String],
        output: String,
        errors: String
    ) throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors, O_WRONLY, 0)
        let texts = arguments.map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in texts + variables { free(text) } }
        var identifier: pid_t = 0
        let code = posix_spawn(&identifier, arguments[0], &actions, nil, texts, variables)
        guard code == 0 else { throw Failure(description: "\(arguments[0]): \(String(cString: strerror(code)))") }
        var status: Int32 = 0
        while waitpid(identifier, &status, 0) < 0, errno == EINTR {}
        return status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
    }

    /// Runs a command that has to succeed and returns what it printed.
    @discardableResult
    func done(_ arguments: String...) throws -> String {
        let result = try self.tarn(arguments)
        guard result.status == 0 else {
            throw Failure(description: "tarn \(arguments.joined(separator: " ")): \(result.status) \(result.errors)")
        }
        return result.output
    }

    /// The value of a key of `client.yaml`.
    func clientSetting(_ key: String) throws -> String? {
        try String(contentsOfFile: self.client, encoding: .utf8).split(separator: "\n")
            .first { $0.hasPrefix("\(key): ") }.map { String($0.dropFirst(key.count + 2)) }
    }

    /// Who leads, as any datacentre that answers says.
    func primary() throws -> String? {
        let status = try self.done("status", "--json")
        return (try JSONSerialization.jsonObject(with: Data(status.utf8)) as? [String: Any])?["primary"] as? String
    }

    /// Where a datacentre's API listens.
    func apiURL(_ name: String) throws -> String? {
        let status = try self.done("status", "--json")
        let rows = (try JSONSerialization.jsonObject(with: Data(status.utf8)) as? [String: Any])?["datacenters"]
        return (rows as? [[String: Any]])?.first { $0["dc"] as? String == name }?["url"] as? String
    }

    /// Op and root of each datacentre, as one of them sees all.
    func heads() throws -> [String: (commit: UInt64, root: String, isReachable: Bool)] {
        let status = try self.done("status", "--json")
        guard let json = try JSONSerialization.jsonObject(with: Data(status.utf8)) as? [String: Any],
            let rows = json["datacenters"] as? [[String: Any]]
        else { throw Failure(description: "status: \(status)") }
        var out: [String: (commit: UInt64, root: String, isReachable: Bool)] = [:]
        for row in rows {
            guard let name = row["dc"] as? String, let commit = (row["commit"] as? NSNumber)?.uint64Value,
                let root = row["root"] as? String, let isReachable = row["reachable"] as? Bool
            else { throw Failure(description: "status row: \(row)") }
            out[name] = (commit, root, isReachable)
        }
        return out
    }

    /// Waits until all datacentres report the same committed op and root, and returns that root.
    @discardableResult
    func converge(seconds: Double = 60) throws -> String {
        var last: [String: (commit: UInt64, root: String, isReachable: Bool)] = [:]
        let areEqual = Polling.holds(within: seconds, every: Polling.questionSeconds) {
            last = (try? self.heads()) ?? last
            let values = Array(last.values)
            guard values.count == Self.names.count, values.allSatisfy(\.isReachable) else { return false }
            return Set(values.map(\.commit)).count == 1 && Set(values.map(\.root)).count == 1
        }
        guard areEqual, let root = last.values.first?.root else {
            throw Failure(description: "no agreement within \(seconds) s: \(last)")
        }
        return root
    }
}
