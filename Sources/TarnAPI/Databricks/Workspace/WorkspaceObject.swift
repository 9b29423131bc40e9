internal import TarnCore

/// What stands at a path of a workspace, as clients see it: `ObjectInfo`.
struct WorkspaceObject: Sendable {
    enum Kind: String, Sendable {
        case directory = "DIRECTORY"
        case repo = "REPO"
        case notebook = "NOTEBOOK"
        case file = "FILE"
        case dashboard = "DASHBOARD"
    }

    /// Values of ``Attributes/Key/kind`` that stand for a kind of object.
    enum KindAttribute {
        static let notebook = "notebook"
        static let repo = "repo"
        static let dashboard = "dashboard"
    }

    let path: NamespacePath
    let entry: Entry

    var kind: Kind { self.kind(attribute: self.entry.attributes[Attributes.Key.kind]) }

    private func kind(attribute: String?) -> Kind {
        Self.kind(isDirectory: self.entry.isDirectory, attribute: attribute)
    }

    /// The kind of an entry whose ``Attributes/Key/kind`` is `attribute`.
    static func kind(isDirectory: Bool, attribute: String?) -> Kind {
        if isDirectory { return attribute == KindAttribute.repo ? .repo : .directory }
        switch attribute {
        case KindAttribute.notebook: return .notebook
        case KindAttribute.dashboard: return .dashboard
        default: return .file
        }
    }

    var modifiedAtMilliseconds: UInt64 { (self.entry.attributes.modifiedAtNanoseconds ?? 0) / 1_000_000 }

    /// Writes one `ObjectInfo`. The attributes are gone through once and their numbers copied as the digits that they
    /// are. ``WorkspaceListing`` writes the same for lists of thousands.
    func write(to writer: inout JSONWriter, in workspace: MirroredWorkspace, hasExportFormat: Bool = false) {
        let values = Values(self.entry.attributes)
        let kind = self.kind(attribute: values.kind)
        writer.beginObject()
        writer.key("object_type")
        writer.string(kind.rawValue)
        writer.key("path")
        writer.string(workspace.text(self.path))
        if kind == .notebook, let language = values.language {
            writer.key("language")
            writer.string(language)
        }
        writer.key("object_id")
        writer.raw(values.objectID)
        writer.key("resource_id")
        writer.string(values.objectID)
        writer.key("created_at")
        writer.raw(values.createdAtMilliseconds)
        writer.key("modified_at")
        writer.raw(values.modifiedAtMilliseconds)
        if kind == .file {
            writer.key("size")
            writer.integer(self.entry.size)
        }
        if hasExportFormat, kind == .notebook {
            writer.key("repos_export_format")
            writer.string(values.format == "JUPYTER" ? "JUPYTER" : "SOURCE")
        }
        writer.endObject()
    }

    /// The attributes that clients see.
    private struct Values {
        var kind: String?
        var language: String?
        var format: String?
        var objectID = "0"
        var createdAtMilliseconds = "0"
        var modifiedAtMilliseconds = "0"

        init(_ attributes: Attributes) {
            for pair in attributes.pairs {
                switch pair.key {
                case Attributes.Key.kind: self.kind = pair.value
                case Attributes.Key.language: self.language = pair.value
                case Attributes.Key.format: self.format = pair.value
                case Attributes.Key.objectID: self.objectID = Self.digits(pair.value, dropping: 0)
                case Attributes.Key.createdAt: self.createdAtMilliseconds = Self.digits(pair.value, dropping: 3)
                case Attributes.Key.modifiedAt: self.modifiedAtMilliseconds = Self.digits(pair.value, dropping: 6)
                default: break
                }
            }
        }

        /// A number divided by a power of ten, by leaving out its last `count` digits; 0 for what is no number.
        private static func digits(_ text: String, dropping count: Int) -> String {
            let utf8 = text.utf8
            guard utf8.count > count, utf8.first != 0x30, utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else { return "0" }
            return count == 0 ? text : String(text[..<utf8.index(utf8.endIndex, offsetBy: -count)])
        }
    }
}
