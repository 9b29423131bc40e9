internal import Foundation
package import TarnClient
package import TarnCore

/// Where drills of one cluster are kept on this machine: a folder each, named by its id, with journal and report.
package struct DrillFolder: Sendable {
    private static let fileBytesMax = 64 << 20

    package let path: String

    /// Below what the client remembers about `cluster`.
    package init(state: StateFolder, cluster: String) {
        self.path = "\(state.path)/\(cluster)/drills"
    }

    /// The folder of one drill.
    package func path(of id: String) -> String { "\(self.path)/\(id)" }

    /// Ids of all drills that left something here, oldest first: an id begins with its time.
    package func ids() -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: self.path)) ?? []
        return names.filter { DrillID.isValid($0) }.sorted()
    }

    package func report(of id: String) -> JSONValue? { self.document("report.json", of: id) }

    /// The receipt and the proof that a report's signature consists of.
    package func signature(of id: String) -> JSONValue? { self.document("signature.json", of: id) }

    func journal(of id: String) -> DrillJournal.Content? {
        self.document("journal.json", of: id).flatMap { DrillJournal.Content(json: $0) }
    }

    func write(_ document: JSONValue, as name: String, of id: String) throws {
        let bytes = Array((document.json + "\n").utf8)
        do {
            try FileContent.publish(bytes, at: "\(self.path(of: id))/\(name)", isDurable: true)
        } catch {
            throw DrillError("cannot write the drill's \(name): \(error)")
        }
    }

    /// When the daemon last looked whether a drill was due, in microseconds since 1970.
    package func lastLook() -> UInt64? {
        guard let bytes = try? FileContent.read("\(self.path)/last-look", bytesMax: 64) else { return nil }
        return UInt64(String(decoding: bytes, as: UTF8.self).prefix { $0.isNumber })
    }

    package func noteLook(at microseconds: UInt64) throws {
        do {
            try FileContent.publish(Array("\(microseconds)\n".utf8), at: "\(self.path)/last-look", isDurable: false)
        } catch {
            throw DrillError("cannot note when drills were looked for: \(error)")
        }
    }

    private func document(_ name: String, of id: String) -> JSONValue? {
        guard DrillID.isValid(id),
            let bytes = try? FileContent.read("\(self.path(of: id))/\(name)", bytesMax: Self.fileBytesMax)
        else { return nil }
        return try? JSONValue(parsing: bytes)
    }
}
