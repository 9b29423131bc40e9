import Foundation
import Glibc
import Testing

/// What the hook script for machines of their own does to the links between them, in namespaces that stand for machines.
@Suite(
    .serialized,
    .timeLimit(.minutes(5)),
    .enabled(if: NamespaceNetwork.isPossible && NamespaceNetwork.hasRules, "needs root, namespaces and nft")
)
struct SystemdHookTests {
    private static let hook = URL(
        fileURLWithPath: "../../ops/drill-hooks/systemd",
        relativeTo: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    ).standardizedFileURL.path
    private static let nodePort = 7101
    private static let shellPort = 22

    @Test func `a link is cut where it arrives, but for the shell that mends it`() throws {
        let machines = try Machines()
        defer { machines.stop() }
        #expect(machines.reaches("dc2", from: "dc1", port: Self.nodePort))

        #expect(try machines.hook("cut", "dc1", "dc2").status == 0)
        #expect(!machines.reaches("dc2", from: "dc1", port: Self.nodePort))
        #expect(machines.reaches("dc2", from: "dc3", port: Self.nodePort))
        #expect(machines.reaches("dc2", from: "dc1", port: Self.shellPort))
        #expect(machines.reaches("dc1", from: "dc2", port: Self.shellPort))

        #expect(try machines.hook("mend", "dc1", "dc2").status == 0)
        #expect(machines.reaches("dc2", from: "dc1", port: Self.nodePort))
        #expect(try machines.hook("mend", "dc1", "dc2").status == 0, "there is nothing left to mend")
    }

    /// A machine for each datacentre that takes connections at two ports, and an `ssh` that runs commands there.
    private struct Machines {
        private let network: NamespaceNetwork
        private let directory: URL
        private var listeners: [Process] = []
        private static let connectSecondsMax = 2

        init() throws {
            self.network = try NamespaceNetwork()
            self.directory = URL(fileURLWithPath: NSTemporaryDirectory()).appendingPathComponent(
                "tarn-\(UUID().uuidString)"
            )
            do {
                try self.writeShell()
                for name in ProcessCluster.names { try self.listeners.append(self.listen(name)) }
                let isListening = Polling.holds(within: 10) {
                    ProcessCluster.names.allSatisfy { self.reaches($0, from: $0, port: SystemdHookTests.nodePort) }
                }
                try #require(isListening)
            } catch {
                self.stop()
                throw error
            }
        }

        func stop() {
            // What a thread of a test's starts has SIGTERM blocked, as the thread has.
            for listener in self.listeners {
                kill(listener.processIdentifier, SIGKILL)
                listener.waitUntilExit()
            }
            self.network.stop()
            try? FileManager.default.removeItem(at: self.directory)
        }

        func hook(_ arguments: String...) throws -> (status: Int32, output: String) {
            let hosts = ProcessCluster.names.map { "\($0)=root@\(self.network.address($0))" }.joined(separator: " ")
            let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/sbin:/usr/bin:/sbin:/bin"
            let process = Process()
            let output = Pipe()
            process.executableURL = URL(fileURLWithPath: SystemdHookTests.hook)
            process.arguments = arguments
            process.environment = ["PATH": "\(self.directory.path):\(path)", "TARN_DRILL_HOSTS": hosts]
            process.standardOutput = output
            process.standardError = output
            try process.run()
            let said = output.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            return (process.terminationStatus, String(decoding: said, as: UTF8.self))
        }

        /// Whether a connection comes about in time.
        func reaches(_ to: String, from: String, port: Int) -> Bool {
            let attempt = "exec 3<>/dev/tcp/\(self.network.address(to))/\(port)"
            let limit = ["/usr/bin/timeout", "--signal=KILL", "\(Self.connectSecondsMax)"]
            guard let process = try? self.run(from, limit + ["/bin/bash", "-c", attempt]) else { return false }
            process.waitUntilExit()
            return process.terminationStatus == 0
        }

        /// Takes the place of `ssh`: the last octet of an address is the machine's number.
        private func writeShell() throws {
            try FileManager.default.createDirectory(at: self.directory, withIntermediateDirectories: true)
            let spaces = ProcessCluster.names.map(self.network.namespace).joined(separator: " ")
            let script = """
                #!/bin/bash
                spaces=(\(spaces))
                target="${@: -2:1}"
                export SSH_CONNECTION="192.0.2.1 50000 ${target#*@} \(SystemdHookTests.shellPort)"
                exec ip netns exec "${spaces[${target##*.} - 1]}" bash -c "${@: -1}"

                """
            let file = self.directory.appendingPathComponent("ssh")
            try script.write(to: file, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
        }

        private func listen(_ name: String) throws -> Process {
            let ports = [SystemdHookTests.nodePort, SystemdHookTests.shellPort]
            let program = """
                import signal, socket
                sockets = [socket.create_server(("", port)) for port in \(ports)]
                signal.pause()
                """
            return try self.run(name, ["python3", "-c", program])
        }

        /// Starts a program in the namespace of a datacentre.
        private func run(_ name: String, _ command: [String]) throws -> Process {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/sbin/ip")
            process.arguments = ["netns", "exec", self.network.namespace(name)] + command
            process.standardError = FileHandle.nullDevice
            try process.run()
            return process
        }
    }
}
