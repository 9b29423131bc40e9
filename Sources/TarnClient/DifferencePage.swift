package import TarnCore

/// One page of what differs between two ops.
package struct DifferencePage: Sendable {
    package struct Difference: Sendable {
        package let path: NamespacePath
        package let old: Entry?
        package let new: Entry?
    }

    package private(set) var from: Op?
    package private(set) var to: Op?
    /// Ordered by the bytes of the path.
    package private(set) var differences: [Difference] = []
    package private(set) var next: String?

    package init(parsing bytes: [UInt8]) throws {
        var reader = JSONReader(bytes)
        try reader.beginObject()
        while let key = try reader.nextKey() {
            if try reader.readNullIfPresent() { continue }
            switch key {
            case "from": self.from = Op(UInt64(clamping: try reader.readInt64()))
            case "to": self.to = Op(UInt64(clamping: try reader.readInt64()))
            case "differences":
                try reader.beginArray()
                while try reader.nextElement() { self.differences.append(try Self.difference(&reader)) }
            case "next": self.next = try reader.readString()
            default: try reader.skipValue()
            }
        }
        try reader.expectEnd()
    }

    private static func difference(_ reader: inout JSONReader) throws -> Difference {
        var path: [UInt8] = []
        var old: Entry?
        var new: Entry?
        try reader.beginObject()
        while let key = try reader.nextKey() {
            if try reader.readNullIfPresent() { continue }
            switch key {
            case "path": try reader.readString(into: &path)
            case "old": old = try EntryFields(from: &reader).entry()
            case "new": new = try EntryFields(from: &reader).entry()
            default: try reader.skipValue()
            }
        }
        return Difference(path: try NamespacePath(utf8: path), old: old, new: new)
    }
}
