internal import TarnCore

extension DeltaActionParser {
    static func readMetadata(from reader: inout JSONReader) throws(JSONError) -> TableMetadata {
        var metadata = TableMetadata()
        try reader.beginObject()
        while let key = try reader.nextKey() {
            if try reader.readNullIfPresent() { continue }
            switch key {
            case "id": metadata.id = try reader.readString()
            case "name": metadata.name = try reader.readString()
            case "description": metadata.tableDescription = try reader.readString()
            case "format": metadata.format = try self.readFormat(from: &reader)
            case "schemaString": metadata.schemaString = try reader.readString()
            case "partitionColumns": metadata.partitionColumns = try self.readStrings(from: &reader)
            case "configuration": metadata.configuration = try self.readConfiguration(from: &reader)
            case "createdTime": metadata.createdTimeMilliseconds = try reader.readInt64()
            default: try reader.skipValue()
            }
        }
        return metadata
    }

    static func readProtocol(from reader: inout JSONReader) throws(JSONError) -> TableProtocol {
        var tableProtocol = TableProtocol()
        try reader.beginObject()
        while let key = try reader.nextKey() {
            if try reader.readNullIfPresent() { continue }
            switch key {
            case "minReaderVersion": tableProtocol.readerVersionMin = try reader.readInt64()
            case "minWriterVersion": tableProtocol.writerVersionMin = try reader.readInt64()
            case "readerFeatures": tableProtocol.readerFeatures = try self.readStrings(from: &reader)
            case "writerFeatures": tableProtocol.writerFeatures = try self.readStrings(from: &reader)
            default: try reader.skipValue()
            }
        }
        return tableProtocol
    }

    /// Writers put what they like here, so a member of an unexpected type is skipped.
    static func readCommitInfo(from reader: inout JSONReader) throws(JSONError) -> DeltaCommit.CommitInfo {
        var info = DeltaCommit.CommitInfo()
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch (key, try reader.peek()) {
            case ("timestamp", .number): info.timestampMilliseconds = Int64(try reader.readNumberText())
            case ("operation", .string): info.operation = try reader.readString()
            default: try reader.skipValue()
            }
        }
        return info
    }

    private static func readFormat(from reader: inout JSONReader) throws(JSONError) -> String {
        var provider = ""
        try reader.beginObject()
        while let key = try reader.nextKey() {
            if key == "provider", try reader.peek() == .string {
                provider = try reader.readString()
            } else {
                try reader.skipValue()
            }
        }
        return provider
    }

    private static func readStrings(from reader: inout JSONReader) throws(JSONError) -> [String] {
        var values: [String] = []
        try reader.beginArray()
        while try reader.nextElement() { values.append(try reader.readString()) }
        return values
    }

    private static func readConfiguration(from reader: inout JSONReader) throws(JSONError) -> [String: String] {
        var values: [String: String] = [:]
        try reader.beginObject()
        while let key = try reader.nextKey() {
            if try reader.peek() == .string {
                values[key] = try reader.readString()
            } else {
                values[key] = String(decoding: try reader.readRawValue(), as: UTF8.self)
            }
        }
        return values
    }
}
