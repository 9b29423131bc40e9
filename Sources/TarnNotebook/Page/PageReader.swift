internal import TarnCore

/// Reads the notebook out of a page that the workspace exported: its whole model stands in one script.
enum PageReader {
    private static let mark = Array("__DATABRICKS_NOTEBOOK_MODEL".utf8)

    /// The notebook in the page; `language` counts where the model has none.
    static func read(_ bytes: [UInt8], language: NotebookLanguage?) throws(NotebookError) -> Notebook {
        var start = 0
        while let found = self.index(of: self.mark, in: bytes, from: start) {
            if let model = try self.model(bytes, behind: found + self.mark.count) {
                return try ModelReader.read(model, language: language)
            }
            start = found + self.mark.count
        }
        throw NotebookError(.malformed, "The page carries no notebook: it is no HTML export of a workspace.")
    }

    /// The JSON that is assigned to the name that ends at `end`; nil when nothing is assigned there.
    private static func model(_ bytes: [UInt8], behind end: Int) throws(NotebookError) -> [UInt8]? {
        var index = end
        func skipSpaces() { while index < bytes.count, NotebookMagic.isWhiteSpace(bytes[index]) { index += 1 } }
        skipSpaces()
        guard index < bytes.count, bytes[index] == 0x3d else { return nil }
        index += 1
        skipSpaces()
        guard index < bytes.count else { return nil }
        switch bytes[index] {
        case 0x7b: return try self.object(bytes, at: index)
        case 0x22, 0x27:
            guard let close = bytes[(index + 1)...].firstIndex(of: bytes[index]) else {
                throw NotebookError(.malformed, "The model in the page does not end.")
            }
            guard let encoded = Base64.decode(utf8: bytes[(index + 1)..<close]) else {
                throw NotebookError(.malformed, "The model in the page is not base-64.")
            }
            return URIComponent.decode(encoded)
        default: return nil
        }
    }

    /// Pages of old versions carry the model as it is.
    private static func object(_ bytes: [UInt8], at start: Int) throws(NotebookError) -> [UInt8] {
        do throws(JSONError) {
            var reader = JSONReader(Array(bytes[start...]))
            return Array(try reader.readRawValue())
        } catch {
            throw NotebookError(error, in: "The model in the page")
        }
    }

    private static func index(of mark: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        guard bytes.count >= mark.count, start <= bytes.count - mark.count else { return nil }
        return (start...(bytes.count - mark.count)).first { index in
            guard bytes[index] == mark[0] else { return false }
            return bytes[index..<index + mark.count].elementsEqual(mark)
        }
    }
}
