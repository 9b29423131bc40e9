internal import Foundation

/// The checkout that these tests stand in.
enum Repository {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Swift sources below `folder`, generated ones included, in the order of their paths.
    static func swiftFiles(under folder: String) throws -> [SourceFile] {
        try self.files(under: folder) { $0.hasSuffix(".swift") }
    }

    /// Text files below `folder` whose path from the root `isWanted`, in the order of their paths.
    static func files(under folder: String, where isWanted: (String) -> Bool) throws -> [SourceFile] {
        let top = self.root.appendingPathComponent(folder)
        guard let names = FileManager.default.enumerator(atPath: top.path) else { return [] }
        var out: [SourceFile] = []
        for case let name as String in names {
            let path = folder.isEmpty ? name : "\(folder)/\(name)"
            guard isWanted(path), !self.isDirectory(path) else { continue }
            // Bytes that are no text hold no words to look for.
            guard let text = String(validating: try self.bytes(of: path), as: UTF8.self) else { continue }
            out.append(SourceFile(path: path, text: text))
        }
        return out.sorted { $0.path < $1.path }
    }

    static func text(of path: String) throws -> String {
        try String(contentsOf: self.root.appendingPathComponent(path), encoding: .utf8)
    }

    static func entries(of folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: self.root.appendingPathComponent(folder).path).sorted()
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: self.root.appendingPathComponent(path).path)
    }

    private static func isDirectory(_ path: String) -> Bool {
        var answer: ObjCBool = false
        return FileManager.default.fileExists(atPath: self.root.appendingPathComponent(path).path, isDirectory: &answer)
            && answer.boolValue
    }

    private static func bytes(of path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: self.root.appendingPathComponent(path)))
    }
}
