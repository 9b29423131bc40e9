internal import ArgumentParser
internal import TarnClient
internal import TarnCore

/// `tarn ls`: what stands in a directory.
struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "ls", abstract: "List a directory.")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "A path of the namespace.")
    var path = "/"

    @Flag(name: .short, help: "Show kind, size, time and hash, too.")
    var long = false

    @Flag(name: .shortAndLong, help: "Show everything below it.")
    var recursive = false

    @Option(help: "Show it as it was at this op, root or time.", transform: SnapshotArgument.checked)
    var at: String?

    func run() async throws {
        let path = try PathArgument.namespace(self.path)
        try await ClientSession.run(self.options) { session in
            if session.isJSON { try Console.write("[") }
            var count = 0
            func show(_ entries: [ListedEntry]) throws {
                defer { count += entries.count }
                guard session.isJSON else { return try Console.write(self.text(entries, below: path)) }
                var text = ""
                for (index, listed) in entries.enumerated() {
                    text += (count + index > 0 ? ",\n " : "\n ") + listed.json
                }
                try Console.write(text)
            }
            let found = try await session.client.listAll(path, at: self.at, isRecursive: self.recursive) { entries in
                try show(entries)
            }
            if !found.entry.isDirectory { try show([ListedEntry(path: path, entry: found.entry)]) }
            if session.isJSON { try Console.line(count > 0 ? "\n]" : "]") }
        }
    }

    private func text(_ entries: [ListedEntry], below path: NamespacePath) -> String {
        guard self.long else {
            return entries.map { TextTable.printable(self.name($0, below: path)) + "\n" }.joined()
        }
        var table = TextTable([("", .left), ("", .right), ("", .left), ("", .left), ("", .left)])
        for listed in entries {
            let entry = listed.entry
            let micros =
                entry.attributes.modifiedAtNanoseconds.map { $0 / 1_000 } ?? entry.attributes.createdAtMicroseconds
            table.append([
                entry.isDirectory ? "dir" : entry.attributes.isNotebook ? "notebook" : "file",
                entry.isDirectory ? "-" : HumanText.bytes(entry.size),
                micros.map { HumanText.time(microseconds: $0) } ?? "-",
                entry.isDirectory ? "-" : HumanText.digest(entry.content.hex),
                self.name(listed, below: path),
            ])
        }
        return table.text
    }

    private func name(_ listed: ListedEntry, below path: NamespacePath) -> String {
        let name =
            self.recursive && path.isAncestor(of: listed.path)
            ? String(decoding: listed.path.utf8[path.descendantPrefix.count...], as: UTF8.self) : listed.path.name
        return listed.entry.isDirectory ? name + "/" : name
    }
}
