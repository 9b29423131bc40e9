internal import Foundation
internal import TarnCore

/// What the other datacentres last said that they hold, kept in a file beside the data: it bounds what is lost when
/// they are, and nothing else depends on it.
struct LastWords {
    private static let fileName = "peers.last"
    private let path: String

    init(configuration: NodeConfiguration) {
        self.path = configuration.dataDirectory + "/" + Self.fileName
    }

    /// One line a datacentre: name, op, commit, microseconds.
    func write(_ words: [LossStatement.LastWord]) throws {
        var text = ""
        for word in words {
            text += "\(word.datacenter) \(word.op.number) \(word.commit.number) \(word.heardAtMicroseconds)\n"
        }
        try Data(text.utf8).write(to: URL(fileURLWithPath: self.path), options: .atomic)
    }

    /// Lines that are damaged are left out.
    func read() -> [LossStatement.LastWord] {
        guard let bytes = FileManager.default.contents(atPath: self.path) else { return [] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line in
            let parts = line.split(separator: " ")
            guard parts.count == 4, let datacenter = try? DatacenterID(String(parts[0])), let op = UInt64(parts[1]),
                let commit = UInt64(parts[2]), let time = UInt64(parts[3])
            else { return nil }
            return LossStatement.LastWord(
                datacenter: datacenter,
                op: Op(op),
                commit: Op(commit),
                heardAtMicroseconds: time
            )
        }
    }
}
