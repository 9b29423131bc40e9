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

    var kind: Kind {
        let attribute = self.entry.attributes[Attributes.Key.kind]
        if self.entry.isDirectory { return attribute == KindAttribute.repo ? .repo : .directory }
        switch attribute {
        case KindAttribute.notebook: return .notebook
        case KindAttribute.dashboard: return .dashboard
        default: return .file
        }
    }

    var objectID: UInt64 { self.entry.attributes.objectID ?? 0 }
    var modifiedAtMilliseconds: UInt64 { (self.entry.attributes.modifiedAtNanoseconds ?? 0) / 1_000_000 }

    /// Writes one `ObjectInfo`.
    func write(to writer: inout JSONWriter, in workspace: MirroredWorkspace, hasExportFormat: Bool = false) {
        let kind = self.kind
        writer.beginObject()
        writer.key("object_type")
        writer.string(kind.rawValue)
        writer.key("path")
        writer.string(workspace.text(self.path))
        if kind == .notebook, let language = self.entry.attributes[Attributes.Key.language] {
            writer.key("language")
            writer.string(language)
        }
        writer.key("object_id")
        writer.integer(self.objectID)
        writer.key("resource_id")
        writer.string(String(self.objectID))
        writer.key("created_at")
        writer.integer((self.entry.attributes.createdAtMicroseconds ?? 0) / 1_000)
        writer.key("modified_at")
        writer.integer(self.modifiedAtMilliseconds)
        if kind == .file {
            writer.key("size")
            writer.integer(self.entry.size)
        }
        if hasExportFormat, kind == .notebook {
            writer.key("repos_export_format")
            writer.string(self.entry.attributes[Attributes.Key.format] == "JUPYTER" ? "JUPYTER" : "SOURCE")
        }
        writer.endObject()
    }
}
