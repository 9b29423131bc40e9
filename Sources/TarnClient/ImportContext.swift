internal import TarnCore
internal import TarnNotebook

/// What every part of one import needs to know.
struct ImportContext: Sendable {
    let client: TarnHTTPClient
    /// Path of the source folder, without a trailing slash.
    let source: String
    let target: NamespacePath
    /// Stamps from this moment on are not remembered: a later change could leave them as they are.
    let trustBeforeNanoseconds: Int64

    var isWorkspace: Bool { Self.root(self.target) == "/workspace" }
    /// Whether a changed modification time alone is a change.
    var areTimesSignificant: Bool { ["/tables", "/volumes"].contains(Self.root(self.target)) }
    /// Whether a deletion and an addition of equal content become a move. In tables they stay apart: what old commits
    /// name must not vanish before new commits are there.
    var allowsMoves: Bool { Self.root(self.target) != "/tables" }

    /// The path in the namespace of `relative`, which the scanner has checked.
    func namespacePath(_ relative: ArraySlice<UInt8>) -> NamespacePath {
        relative.isEmpty ? self.target : NamespacePath(unchecked: self.target.descendantPrefix + relative)
    }

    func location(_ relative: ArraySlice<UInt8>) -> String {
        "\(self.source)/\(String(decoding: relative, as: UTF8.self))"
    }

    /// The attributes of a file: its modification time and, in a workspace, what notebook it is.
    func attributes(name: ArraySlice<UInt8>, content: UnsafeRawBufferPointer, stamp: FileStamp) -> Attributes {
        var attributes = Attributes()
        if self.isWorkspace {
            // Only a Jupyter document is recognised by more than its first line.
            let isJupyter =
                name.count >= 6 && name.suffix(6).map { $0 | 0x20 }.elementsEqual(".ipynb".utf8.map { $0 | 0x20 })
            let head = isJupyter ? content : UnsafeRawBufferPointer(rebasing: content.prefix(Self.firstLineBytesMax))
            let found = NotebookRecognition.attributes(
                name: String(decoding: name, as: UTF8.self),
                content: Array(head)
            )
            for (key, value) in found { attributes[key] = value }
        }
        attributes[Attributes.Key.modifiedAt] = String(UInt64(clamping: stamp.modifiedNanoseconds))
        return attributes
    }

    /// The stamp as it is remembered: one that is too young is marked as not to be trusted.
    func remembered(_ stamp: FileStamp) -> FileStamp {
        var stamp = stamp
        if max(stamp.changedNanoseconds, stamp.modifiedNanoseconds) >= self.trustBeforeNanoseconds {
            stamp.changedNanoseconds = 0
        }
        return stamp
    }

    private static let firstLineBytesMax = 128

    private static func root(_ path: NamespacePath) -> String {
        "/" + String(decoding: path.utf8.dropFirst().prefix { $0 != 0x2f }, as: UTF8.self)
    }
}
