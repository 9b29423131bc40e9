internal import HTTPTypes
internal import TarnCore
internal import TarnNotebook

/// What an import asks for.
struct ImportOrder: Sendable {
    let path: NamespacePath
    let content: [UInt8]
    let format: WorkspaceFormat
    let language: NotebookLanguage?
    let isOverwriting: Bool

    /// Reads the body, JSON or a form. Throws ``DatabricksError`` for what is missing, broken or too large.
    init(_ request: DatabricksRequest) async throws {
        if let length = request.base.announcedLength, length > UInt64(Limits.importBodyBytesMax) {
            throw Self.tooLarge(bytesCount: length)
        }
        let body = try await request.base.body(max: Limits.importBodyBytesMax)
        let values: DatabricksRequest
        if let form = try MultipartForm(body, contentType: request.base.headers[.contentType]) {
            guard let content = form.fields["content"] else {
                throw DatabricksError.invalid("Missing required field: content")
            }
            var members: [String: JSONValue] = [:]
            for name in ["path", "format", "language", "overwrite"] {
                if let text = form.string(name) { members[name] = .string(text) }
            }
            values = request.with(body: .object(members))
            self.content = content
        } else {
            let object = try DatabricksRequest.object(body)
            values = request.with(body: object)
            guard let content = Base64.decode(try values.string("content") ?? "") else {
                throw DatabricksError.invalid("Field 'content' is not base64")
            }
            self.content = content
        }
        guard self.content.count <= Limits.workspaceObjectBytesMax else {
            throw Self.tooLarge(bytesCount: UInt64(self.content.count))
        }
        self.path = try values.workspacePath()
        self.format = try WorkspaceFormat(try values.string("format"))
        self.language = try NotebookLanguage(parameter: try values.string("language"))
        self.isOverwriting = try values.flag("overwrite")
    }

    /// An order for bytes that came as they are.
    init(path: NamespacePath, content: [UInt8], format: WorkspaceFormat, isOverwriting: Bool) {
        self.path = path
        self.content = content
        self.format = format
        self.language = nil
        self.isOverwriting = isOverwriting
    }

    static func tooLarge(bytesCount: UInt64) -> DatabricksError {
        DatabricksError(
            400,
            "MAX_NOTEBOOK_SIZE_EXCEEDED",
            "File size imported is (\(bytesCount) bytes), exceeded max size (\(Limits.workspaceObjectBytesMax) bytes)",
            reason: "MAX_NOTEBOOK_SIZE_EXCEEDED"
        )
    }

    // MARK: What it comes to

    /// The objects that come to stand, by the rules of the format.
    func objects() throws -> [NewObject] {
        switch self.format {
        case .raw: return [.file(self.path, self.content)]
        case .auto: return [try self.recognisedObject()]
        case .notebook(.source): return [try self.sourceNotebook()]
        case .notebook(let format): return try self.notebooks(in: format)
        }
    }

    /// A notebook, named without its extension, where the bytes say so; else a file.
    private func recognisedObject() throws -> NewObject {
        guard let notebook = NotebookRecognition.notebook(name: self.path.name, content: self.content) else {
            return .file(self.path, self.content)
        }
        return .notebook(
            try Self.withoutExtension(self.path),
            self.content,
            language: notebook.language,
            format: notebook.format
        )
    }

    /// Source code, with the header that makes it a notebook's SOURCE form.
    private func sourceNotebook() throws -> NewObject {
        guard let language = self.language else {
            throw DatabricksError.invalid("The language of a notebook in SOURCE format must be given")
        }
        // A mark of UTF-8 in front, as editors of Windows write it, would hide the header behind it.
        let mark: [UInt8] = [0xef, 0xbb, 0xbf]
        let content = self.content.starts(with: mark) ? Array(self.content.dropFirst(mark.count)) : self.content
        let header = Array("\(language.commentPrefix) Databricks notebook source".utf8)
        let hasHeader =
            content.starts(with: header)
            && (content.count == header.count || [0x0a, 0x0d].contains(content[header.count]))
        return .notebook(
            self.path,
            hasHeader ? content : header + [0x0a] + content,
            language: language,
            format: .source
        )
    }

    /// A notebook in any other format, stored as it came once it is known that it can be read.
    private func notebooks(in format: NotebookFormat) throws -> [NewObject] {
        do throws(NotebookError) {
            if format == .dbc {
                let items = try NotebookArchive.read(self.content)
                let isFolder = items.count != 1 || items[0].path.contains("/")
                if isFolder { return try self.folder(of: items) }
            }
            let notebook = try Notebook.read(
                self.content,
                format: format,
                language: self.language,
                path: self.path.name
            )
            return [.notebook(self.path, self.content, language: notebook.language, format: format)]
        } catch {
            throw DatabricksError.invalid("The content is no \(format.rawValue) notebook: \(error)")
        }
    }

    /// The notebooks of an archive, each in an archive of its own, which keeps all that was known of it.
    private func folder(of items: [NotebookArchive.Item]) throws(NotebookError) -> [NewObject] {
        var objects: [NewObject] = []
        // The archive's own folder is what comes to stand at the path.
        let rootBytesCount = NotebookArchive.root(of: items).map { $0.utf8.count + 1 } ?? 0
        for item in items {
            let place = self.path.descendantPrefix + Array(item.path.utf8.dropFirst(rootBytesCount))
            guard let path = try? NamespacePath(utf8: place) else {
                throw NotebookError(.malformed, "'\(item.path)' in the archive is no path of a workspace.")
            }
            let name = path.name
            objects.append(
                .notebook(
                    path,
                    try NotebookArchive.write([NotebookArchive.Item(path: name, notebook: item.notebook)]),
                    language: item.notebook.language,
                    format: .dbc
                )
            )
        }
        return objects
    }

    private static func withoutExtension(_ path: NamespacePath) throws -> NamespacePath {
        guard let point = path.utf8.lastIndex(of: 0x2e), let slash = path.utf8.lastIndex(of: 0x2f), point > slash + 1
        else { return path }
        return try NamespacePath(utf8: Array(path.utf8[..<point]))
    }
}

/// An object that an import makes: a notebook or a file, with its bytes.
struct NewObject: Sendable {
    let path: NamespacePath
    let content: [UInt8]
    let attributes: [String: String]

    static func file(_ path: NamespacePath, _ content: [UInt8]) -> NewObject {
        NewObject(path: path, content: content, attributes: [:])
    }

    static func notebook(
        _ path: NamespacePath,
        _ content: [UInt8],
        language: NotebookLanguage,
        format: NotebookFormat
    ) -> NewObject {
        NewObject(
            path: path,
            content: content,
            attributes: [
                Attributes.Key.kind: WorkspaceObject.KindAttribute.notebook,
                Attributes.Key.language: language.rawValue,
                Attributes.Key.format: format.rawValue,
            ]
        )
    }

    var isNotebook: Bool { self.attributes[Attributes.Key.kind] == WorkspaceObject.KindAttribute.notebook }
}

extension DatabricksRequest {
    /// The same request with another body.
    func with(body: JSONValue) -> DatabricksRequest {
        DatabricksRequest(base: self.base, workspace: self.workspace, body: body, segments: self.segments)
    }
}
