import Foundation
import Testing

/// The real Delta tables that lie beside the repository (`TARN_SHARED`, else `../shared`).
enum SharedDeltaTables {
    static let directory: String = {
        if let shared = ProcessInfo.processInfo.environment["TARN_SHARED"] { return "\(shared)/data/delta" }
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return package.deletingLastPathComponent().appendingPathComponent("shared/data/delta").path
    }()

    static var isPresent: Bool { FileManager.default.fileExists(atPath: self.directory) }

    static let explanation: Comment =
        "the Delta tables are missing: set TARN_SHARED to the folder that holds data/delta, or put it at ../shared"

    /// Names and bytes of everything directly in the table's `_delta_log`, sorted by name.
    static func log(of table: String) throws -> [(name: String, bytes: [UInt8])] {
        let directory = "\(Self.directory)/\(table)/_delta_log"
        return try FileManager.default.contentsOfDirectory(atPath: directory).sorted().compactMap { name in
            let path = "\(directory)/\(name)"
            var isDirectory: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), !isDirectory.boolValue else {
                return nil
            }
            return (name, [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))))
        }
    }
}
