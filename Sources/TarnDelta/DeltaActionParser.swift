internal import TarnCore

/// Reads one line of a commit. Unknown keys and kinds of actions are skipped, as the Delta protocol asks of readers.
enum DeltaActionParser {
    static func parse(_ line: [UInt8]) throws(JSONError) -> DeltaCommit.Action? {
        var reader = JSONReader(line)
        var action: DeltaCommit.Action?
        try reader.beginObject()
        while let kind = try reader.nextKey() {
            if try reader.readNullIfPresent() { continue }
            switch kind {
            case "add": action = .add(try self.readAdd(from: &reader))
            case "remove": action = .remove(try self.readRemove(from: &reader))
            case "metaData": action = .metadata(try self.readMetadata(from: &reader))
            case "protocol": action = .tableProtocol(try self.readProtocol(from: &reader))
            case "commitInfo": action = .commitInfo(try self.readCommitInfo(from: &reader))
            default: try reader.skipValue()
            }
        }
        try reader.expectEnd()
        return action
    }

    private static func readAdd(from reader: inout JSONReader) throws(JSONError) -> TableFile {
        var path: String?
        var size: Int64 = 0
        var partitionValues: [TableFile.PartitionValue] = []
        var modificationTime: Int64 = 0
        var recordCount: Int64?
        var deletionVector: DeletionVector?
        try reader.beginObject()
        while let key = try reader.nextKey() {
            if try reader.readNullIfPresent() { continue }
            switch key {
            case "path": path = URIComponent.decode(try reader.readString())
            case "size": size = try self.readCount("size", from: &reader)
            case "partitionValues": partitionValues = try self.readPartitionValues(from: &reader)
            case "modificationTime": modificationTime = try reader.readInt64()
            case "stats": recordCount = self.recordCount(inStatistics: try reader.readString())
            case "deletionVector": deletionVector = try self.readDeletionVector(from: &reader)
            default: try reader.skipValue()
            }
        }
        guard let path else { throw JSONError("an 'add' without a path", at: 0) }
        return TableFile(
            path: path,
            size: size,
            partitionValues: partitionValues,
            modificationTimeMilliseconds: modificationTime,
            recordCount: recordCount,
            deletionVector: deletionVector
        )
    }

    private static func readRemove(from reader: inout JSONReader) throws(JSONError) -> TableFile.Key {
        var path: String?
        var deletionVector: DeletionVector?
        try reader.beginObject()
        while let key = try reader.nextKey() {
            if try reader.readNullIfPresent() { continue }
            switch key {
            case "path": path = URIComponent.decode(try reader.readString())
            case "deletionVector": deletionVector = try self.readDeletionVector(from: &reader)
            default: try reader.skipValue()
            }
        }
        guard let path else { throw JSONError("a 'remove' without a path", at: 0) }
        return TableFile.Key(path: path, deletionVectorID: deletionVector?.uniqueID)
    }

    /// A number of bytes or rows, of which there are none below zero.
    private static func readCount(_ name: String, from reader: inout JSONReader) throws(JSONError) -> Int64 {
        let count = try reader.readInt64()
        guard count >= 0 else { throw JSONError("\(name) is \(count), which is below zero", at: 0) }
        return count
    }

    private static func readPartitionValues(
        from reader: inout JSONReader
    ) throws(JSONError) -> [TableFile.PartitionValue] {
        var values: [TableFile.PartitionValue] = []
        try reader.beginObject()
        while let column = try reader.nextKey() {
            switch try reader.peek() {
            case .null:
                try reader.readNull()
                values.append(TableFile.PartitionValue(column: column, value: nil))
            case .string:
                values.append(TableFile.PartitionValue(column: column, value: try reader.readString()))
            default:
                let text = String(decoding: try reader.readRawValue(), as: UTF8.self)
                values.append(TableFile.PartitionValue(column: column, value: text))
            }
        }
        return values.sorted { $0.column < $1.column }
    }

    private static func readDeletionVector(from reader: inout JSONReader) throws(JSONError) -> DeletionVector {
        var storageType = ""
        var pathOrInline = ""
        var offset: Int64?
        var sizeBytes: Int64 = 0
        var cardinality: Int64 = 0
        try reader.beginObject()
        while let key = try reader.nextKey() {
            if try reader.readNullIfPresent() { continue }
            switch key {
            case "storageType": storageType = try reader.readString()
            case "pathOrInlineDv": pathOrInline = try reader.readString()
            case "offset": offset = try reader.readInt64()
            case "sizeInBytes": sizeBytes = try reader.readInt64()
            case "cardinality": cardinality = try self.readCount("cardinality", from: &reader)
            default: try reader.skipValue()
            }
        }
        return DeletionVector(
            storageType: storageType,
            pathOrInline: pathOrInline,
            offset: offset,
            sizeBytes: sizeBytes,
            cardinality: cardinality
        )
    }

    /// `numRecords` of the statistics, which are JSON in a string; nil when they are absent or damaged, for they are
    /// only a hint.
    private static func recordCount(inStatistics text: String) -> Int64? {
        var reader = JSONReader(Array(text.utf8))
        do {
            try reader.beginObject()
            while let key = try reader.nextKey() {
                if key == "numRecords", try reader.peek() == .number {
                    return try self.readCount("numRecords", from: &reader)
                }
                try reader.skipValue()
            }
        } catch {
            return nil
        }
        return nil
    }
}
