internal import ArgumentParser
internal import Foundation
internal import TarnClient
internal import TarnCore
internal import TarnNode

/// `tarn doctor`: collects what the report of a defect needs, without secrets.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Collect what the report of a defect needs, without secrets, as one JSON document.",
        discussion: """
            Asks every node for its status, metrics, catalog figures and newest ops; with --node-config also looks at that node's \
            configuration and the sizes of its files. Tokens and keys are removed; authors, paths and contents are not collected, \
            but for the paths of a node's own files. Read it before you send it.
            """
    )

    @OptionGroup var options: GlobalOptions

    @Option(help: ArgumentHelp("Also look at this node's configuration and data folder.", valueName: "node.yaml"))
    var nodeConfig: String?

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Write to this file; standard output when absent.", valueName: "file")
    )
    var out: String?

    func run() async throws {
        var report: [String: JSONValue] = [
            "version": .string(Version.text),
            "system": .string(ProcessInfo.processInfo.operatingSystemVersionString),
            "processors": .number(String(ProcessInfo.processInfo.processorCount)),
            "memory_bytes": .number(String(ProcessInfo.processInfo.physicalMemory)),
            "time": .string(Timestamp(microseconds: TimeArgument.now).description),
        ]
        if let path = self.nodeConfig { report["node"] = try Self.node(path) }
        let configuration = try ClientSession.configuration(self.options)
        var nodes: [String: JSONValue] = [:]
        for member in try configuration.nodes(of: self.options.dc) {
            let name = member.datacenter?.name
            nodes[name ?? member.url] = await self.ask(configuration, name)
        }
        report["nodes"] = .object(nodes)
        let text = JSONValue.object(report).json
        guard let out = self.out else { return try Console.line(text) }
        try FileContent.publish(Array("\(text)\n".utf8), at: out, isDurable: false)
        Console.error("tarn: wrote \(out); read it before you send it")
    }

    private func ask(_ configuration: ClientConfiguration, _ name: String?) async -> JSONValue {
        var found = JSONValue.null
        do {
            try await ClientSession.run(self.options, configuration, datacenter: name) { session in
                found = await ClusterDiagnosis(client: session.client).run()
            }
        } catch {
            found = .object(["error": .string(SecretMask.masked("\(error)"))])
        }
        return found
    }

    /// The configuration as it is written, and what lies in the node's folder, by size; key files by name only.
    private static func node(_ path: String) throws -> JSONValue {
        let text = String(decoding: try FileContent.read(path, bytesMax: 1 << 20), as: UTF8.self)
        let folder = URL(fileURLWithPath: path).standardizedFileURL.deletingLastPathComponent()
        var files: [JSONValue] = []
        let walk = FileManager.default.enumerator(atPath: folder.path)
        while let name = walk?.nextObject() as? String, files.count < 10_000 {
            let attributes = try? FileManager.default.attributesOfItem(atPath: folder.appendingPathComponent(name).path)
            let size = (attributes?[.size] as? NSNumber)?.uint64Value ?? 0
            let mode = (attributes?[.posixPermissions] as? NSNumber)?.uint64Value ?? 0
            files.append(
                .object([
                    "name": .string(name), "bytes": .number(String(size)), "mode": .string(String(mode, radix: 8)),
                ])
            )
        }
        let disk = try? FileManager.default.attributesOfFileSystem(forPath: folder.path)
        return .object([
            "configuration": .array(SecretMask.masked(text).split(separator: "\n").map { .string(String($0)) }),
            "files": .array(files),
            "free_bytes": .number(String((disk?[.systemFreeSize] as? NSNumber)?.uint64Value ?? 0)),
        ])
    }
}
