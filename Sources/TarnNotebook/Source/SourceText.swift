internal import TarnCore

/// The text of a notebook that people search in: its cells' sources, without outputs, ids and JSON syntax.
package enum SourceText {
    /// UTF-8 of what `content` says in its cells, one after another.
    ///
    /// SOURCE form and R Markdown are their own text. Throws when the bytes do not have the format.
    package static func extract(from content: [UInt8], format: NotebookFormat) throws(NotebookError) -> [UInt8] {
        switch format {
        case .source, .rMarkdown: return content
        case .jupyter:
            do throws(JSONError) {
                return try self.jupyterSources(content)
            } catch {
                throw NotebookError(error, in: "The Jupyter document")
            }
        case .html, .dbc:
            let notebook = try Notebook.read(content, format: format)
            return notebook.cells.flatMap { Array($0.command.utf8) + [0x0a] }
        }
    }

    private static func jupyterSources(_ content: [UInt8]) throws(JSONError) -> [UInt8] {
        var reader = JSONReader(content)
        var text: [UInt8] = []
        try reader.beginObject()
        while let key = try reader.nextKey() {
            guard key == "cells", try reader.peek() == .array else {
                try reader.skipValue()
                continue
            }
            try reader.beginArray()
            while try reader.nextElement() { try self.appendCell(from: &reader, to: &text) }
        }
        try reader.expectEnd()
        return text
    }

    /// Appends the source of the cell that comes next, and a line feed.
    private static func appendCell(from reader: inout JSONReader, to text: inout [UInt8]) throws(JSONError) {
        guard try reader.peek() == .object else { return try reader.skipValue() }
        try reader.beginObject()
        while let key = try reader.nextKey() {
            guard key == "source" else {
                try reader.skipValue()
                continue
            }
            switch try reader.peek() {
            case .string: try reader.readString(into: &text)
            case .array:
                try reader.beginArray()
                while try reader.nextElement() {
                    if try reader.peek() == .string {
                        try reader.readString(into: &text)
                    } else {
                        try reader.skipValue()
                    }
                }
            default: try reader.skipValue()
            }
            text.append(0x0a)
        }
    }
}
