internal import TarnCore
internal import TarnNode

/// Reads the JSON form of a change set: `{"changes": [{"path", "put" | "delete" | "move", "if"}]}`.
///
/// Keys that it does not know are errors, so that a misspelt condition is not silently dropped.
enum ChangeParser {
    static func changes(json bytes: [UInt8]) throws -> [Change] {
        var reader = JSONReader(bytes)
        var changes: [Change] = []
        try reader.beginObject()
        while let key = try reader.nextKey() {
            guard key == "changes" else { throw self.unknown(key, expected: "changes") }
            try reader.beginArray()
            while try reader.nextElement() {
                guard changes.count < Limits.changesPerSetMax else {
                    throw Problem(.tooLarge, "more than \(Limits.changesPerSetMax) changes in one set")
                }
                changes.append(try self.change(&reader))
            }
        }
        try reader.expectEnd()
        return changes
    }

    private static func change(_ reader: inout JSONReader) throws -> Change {
        var path: NamespacePath?
        var action: Change.Action?
        var precondition = Change.Precondition.any
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "path": path = try NamespacePath(reader.readString())
            case "if": precondition = try self.precondition(reader.readString())
            case "put", "delete", "move":
                guard action == nil else { throw Problem(.invalidRequest, "a change is one of put, delete and move") }
                action = try self.action(key, &reader)
            default: throw self.unknown(key, expected: "path, put, delete, move, if")
            }
        }
        guard let path else { throw Problem(.invalidRequest, "a change needs a path") }
        guard let action else {
            throw Problem(.invalidRequest, "the change at \(path) needs one of put, delete and move")
        }
        return Change(path: path, precondition: precondition, action: action)
    }

    private static func action(_ name: String, _ reader: inout JSONReader) throws -> Change.Action {
        if name == "put" { return .put(try self.entry(&reader)) }
        var isRecursive = false
        var target: NamespacePath?
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch (name, key) {
            case ("delete", "recursive"): isRecursive = try reader.readBoolean()
            case ("move", "to"): target = try NamespacePath(reader.readString())
            case ("delete", _): throw self.unknown(key, expected: "recursive")
            default: throw self.unknown(key, expected: "to")
            }
        }
        if name == "delete" { return .delete(recursive: isRecursive) }
        guard let target else { throw Problem(.invalidRequest, "a move needs 'to'") }
        return .move(to: target)
    }

    private static func entry(_ reader: inout JSONReader) throws -> Entry {
        var kind = Entry.Kind.file
        var content: Digest?
        var size: UInt64 = 0
        var manifest: Digest?
        var attributes = Attributes()
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "kind": kind = try self.kind(reader.readString())
            case "sha256": content = try self.digest(&reader)
            case "manifest": manifest = try self.digest(&reader)
            case "size":
                let text = try reader.readNumberText()
                guard let value = UInt64(text) else { throw Problem(.invalidRequest, "'\(text)' is not a size") }
                size = value
            case "attributes":
                try reader.beginObject()
                while let name = try reader.nextKey() { attributes[name] = try reader.readString() }
            default: throw self.unknown(key, expected: "kind, sha256, size, manifest, attributes")
            }
        }
        try attributes.check()
        if kind == .file, content == nil { throw Problem(.invalidRequest, "a file needs its sha256") }
        return try Entry(kind: kind, content: content ?? .zero, size: size, manifest: manifest, attributes: attributes)
    }

    private static func kind(_ text: String) throws(Problem) -> Entry.Kind {
        switch text {
        case "file": return .file
        case "directory": return .directory
        default: throw Problem(.invalidRequest, "kind '\(text)'; file or directory is expected")
        }
    }

    private static func digest(_ reader: inout JSONReader) throws -> Digest? {
        if try reader.readNullIfPresent() { return nil }
        let text = try reader.readString()
        guard let digest = Digest(hex: text) else {
            throw Problem(.invalidRequest, "'\(text)' is not a SHA-256: 64 hex digits are expected")
        }
        return digest
    }

    static func precondition(_ text: String) throws(Problem) -> Change.Precondition {
        switch text {
        case "any": return .any
        case "absent": return .absent
        default: break
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        if parts.count == 2, let digest = Digest(hex: parts[1]) {
            if parts[0] == "entry" { return .entry(digest) }
            if parts[0] == "content" { return .content(digest) }
        }
        throw Problem(.invalidRequest, "condition '\(text)'; any, absent, entry:<hash> or content:<hash> is expected")
    }

    private static func unknown(_ key: String, expected: String) -> Problem {
        Problem(.invalidRequest, "unknown key '\(key)'; expected: \(expected)")
    }
}
