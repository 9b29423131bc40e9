internal import TarnCore

/// What stands at a path, and one page of what stands below it.
package struct NamespacePage: Sendable {
    /// What was asked for; a directory without attributes for the root of the namespace.
    package let entry: ListedEntry
    /// What stands below it.
    package let children: [ListedEntry]
    /// The path behind which the next page begins, or nil behind the last one.
    package let next: String?

    package init(parsing bytes: [UInt8]) throws {
        var reader = JSONReader(bytes)
        var fields = EntryFields()
        var children: [ListedEntry] = []
        var next: String?
        try reader.beginObject()
        while let key = try reader.nextKey() {
            if try reader.readNullIfPresent() { continue }
            switch key {
            case "children":
                try reader.beginArray()
                while try reader.nextElement() { children.append(try ListedEntry(from: &reader)) }
            case "next": next = try reader.readString()
            default: if try !fields.take(key, &reader) { try reader.skipValue() }
            }
        }
        try reader.expectEnd()
        self.entry = try fields.listed()
        self.children = children
        self.next = next
    }
}
