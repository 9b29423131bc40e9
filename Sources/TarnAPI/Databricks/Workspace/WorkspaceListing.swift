internal import TarnCore
internal import TarnMerkle

/// The answer of `workspace/list`, written byte by byte: what ``WorkspaceObject`` writes of each object, at a tenth of
/// the cost. Whole workspaces are listed through this.
struct WorkspaceListing {
    private(set) var bytes: [UInt8] = []
    /// The folder's path as clients know it, escaped, with the slash that ends it.
    private let folder: [UInt8]
    private var isEmpty = true

    init(of folder: NamespacePath, in workspace: MirroredWorkspace) {
        var text = Array(workspace.text(folder).utf8)
        if text.last != 0x2f { text.append(0x2f) }
        self.folder = text.withUnsafeBytes { Self.escaped($0) } ?? text
    }

    /// Adds the object `name` of the folder.
    mutating func append(name: UnsafeRawBufferPointer, _ entry: EntrySummary) {
        self.append(self.isEmpty ? #"{"objects":[{"object_type":""# : #"},{"object_type":""#)
        self.isEmpty = false
        let kind = WorkspaceObject.kind(isDirectory: entry.isDirectory, attribute: entry.kind)
        self.append(kind.rawValue)
        self.append(#"","path":""#)
        self.bytes.append(contentsOf: self.folder)
        if let escaped = Self.escaped(name) {
            self.bytes.append(contentsOf: escaped)
        } else {
            self.bytes.append(contentsOf: name)
        }
        if kind == .notebook, let language = entry.language {
            self.append(#"","language":""#)
            self.append(language)
        }
        self.append(#"","object_id":"#)
        let start = self.bytes.count
        self.append(entry.objectID)
        let digits = self.bytes[start...]
        self.append(#","resource_id":""#)
        self.bytes.append(contentsOf: digits)
        self.append(#"","created_at":"#)
        self.append(entry.createdAtMicroseconds / 1_000)
        self.append(#","modified_at":"#)
        self.append(entry.modifiedAtNanoseconds / 1_000_000)
        if kind == .file {
            self.append(#","size":"#)
            self.append(entry.size)
        }
    }

    /// Ends the document; an empty folder is an empty object.
    mutating func finish() {
        self.append(self.isEmpty ? "{}" : "}]}")
    }

    // MARK: Bytes

    private mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { self.bytes.append(contentsOf: $0) }
    }

    private mutating func append(_ number: UInt64) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var start = 20
            var rest = number
            repeat {
                start -= 1
                digits[start] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest > 0
            self.bytes.append(contentsOf: digits[start...])
        }
    }

    /// `text` as it stands between quotes; nil when that is no other than it is.
    private static func escaped(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
        guard text.contains(where: { $0 < 0x20 || $0 == 0x22 || $0 == 0x5c }) else { return nil }
        var writer = JSONWriter()
        writer.string(String(decoding: text, as: UTF8.self))
        return Array(writer.bytes.dropFirst().dropLast())
    }
}
