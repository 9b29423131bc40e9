import Foundation
import Synchronization

/// `tarn fault-proxy` between the nodes of a cluster that does not run yet: each node reaches the others through it.
final class ProcessNetwork: Sendable {
    private let process: Process
    private let orders: FileHandle
    private let answers: Mutex<FileHandle>

    /// Three running datacentres and the network between them; whoever gets them stops both.
    static func startCluster() throws -> (cluster: ProcessCluster, network: ProcessNetwork) {
        let cluster = try ProcessCluster()
        do {
            let network = try ProcessNetwork(cluster)
            do {
                for name in ProcessCluster.names { try cluster.start(name) }
                return (cluster, network)
            } catch {
                network.stop()
                throw error
            }
        } catch {
            cluster.stop()
            throw error
        }
    }

    init(_ cluster: ProcessCluster) throws {
        let names = ProcessCluster.names
        let files = Dictionary(
            uniqueKeysWithValues: names.map { ($0, cluster.nodeDirectory($0).appendingPathComponent("node.yaml")) }
        )
        var texts = try files.mapValues { try String(contentsOf: $0, encoding: .utf8) }
        var arguments = ["fault-proxy"]
        for (index, from) in names.enumerated() {
            for (other, to) in names.enumerated() where to != from {
                guard let line = texts[to]?.split(separator: "\n").first(where: { $0.hasPrefix("peer: ") }) else {
                    throw ProcessCluster.Failure(description: "node.yaml of \(to) names no peer address")
                }
                let target = line.dropFirst("peer: ".count).replacing("\"", with: "")
                let host = target.prefix { $0 != ":" }
                let listen = "\(host):\(7200 + 10 * index + other)"
                arguments += ["--link", "\(from):\(to)=\(listen),\(target)"]
                texts[from] = texts[from]?.replacing(
                    "dc: \(to), peer: \"\(target)\"",
                    with: "dc: \(to), peer: \"\(listen)\""
                )
            }
        }
        for (name, text) in texts {
            guard let file = files[name] else { continue }
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        let (input, output) = (Pipe(), Pipe())
        self.process = Process()
        self.process.executableURL = ProcessCluster.binary
        self.process.arguments = arguments
        self.process.standardInput = input
        self.process.standardOutput = output
        self.process.standardError = FileHandle.nullDevice
        try self.process.run()
        self.orders = input.fileHandleForWriting
        self.answers = Mutex(output.fileHandleForReading)
        while true {
            let line = try self.line()
            if line == "ready" { return }
            guard line.hasPrefix("listening") else {
                throw ProcessCluster.Failure(description: "fault-proxy: \(line)")
            }
        }
    }

    /// Gives an order of `tarn fault-proxy`, such as `isolate dc2`, and returns once it holds.
    func order(_ text: String) throws {
        try self.orders.write(contentsOf: Data("\(text)\n".utf8))
        let answer = try self.line()
        guard answer == "ok" else { throw ProcessCluster.Failure(description: "'\(text)': \(answer)") }
    }

    func stop() {
        try? self.orders.close()
        self.process.waitUntilExit()
    }

    private func line() throws -> String {
        try self.answers.withLock { handle in
            var bytes = Data()
            while let byte = try handle.read(upToCount: 1), let first = byte.first {
                if first == 0x0a { return String(decoding: bytes, as: UTF8.self) }
                bytes.append(first)
            }
            throw ProcessCluster.Failure(description: "fault-proxy ended: \(String(decoding: bytes, as: UTF8.self))")
        }
    }
}
