import TarnDelta
import Testing

@Suite("Delta log")
struct DeltaLogTests {
    private static let beginning = """
        {"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["deletionVectors"],"writerFeatures":[]}}
        {"metaData":{"id":"t1","name":"orders","description":null,"format":{"provider":"parquet","options":{}},\
        "schemaString":"{}","partitionColumns":["day"],"configuration":{"a":"b"},"createdTime":7}}
        {"add":{"path":"a%20b.parquet","partitionValues":{"day":"1"},"size":10,"modificationTime":5,"dataChange":true,\
        "stats":"{\\"numRecords\\":3}"}}

        """

    private func log(_ commits: [(Int64, String)]) throws -> DeltaLog {
        var log = DeltaLog()
        for (version, text) in commits { try log.apply(version: version, bytes: Array(text.utf8)) }
        return log
    }

    @Test("adds, removes and metadata make the snapshot")
    func replay() throws {
        let log = try self.log([
            (0, Self.beginning),
            (1, #"{"add":{"path":"c","partitionValues":{"day":null},"size":2,"modificationTime":6}}"#),
            (
                2,
                #"{"remove":{"path":"a%20b.parquet","deletionTimestamp":1}}"# + "\r\n"
                    + #"{"txn":{"appId":"x","version":1}}"#
            ),
        ])
        let snapshot = try #require(log.snapshot)
        #expect(snapshot.version == 2)
        #expect(snapshot.files.map(\.path) == ["c"])
        #expect(snapshot.files[0].partitionValues == [TableFile.PartitionValue(column: "day", value: nil)])
        #expect(snapshot.name == "orders")
        #expect(snapshot.metadata.configuration == ["a": "b"])
        #expect(snapshot.tableProtocol.readerFeatures == ["deletionVectors"])
        #expect(snapshot.isComplete)
    }

    @Test("paths and statistics are decoded")
    func decoding() throws {
        let file = try #require(try self.log([(0, Self.beginning)]).snapshot?.files.first)
        #expect(file.path == "a b.parquet")
        #expect(file.recordCount == 3)
    }

    @Test("an empty log has no snapshot")
    func empty() {
        #expect(DeltaLog().snapshot == nil)
    }

    @Test("a gap between commits makes the table incomplete")
    func gap() throws {
        let log = try self.log([(0, Self.beginning), (2, "")])
        #expect(log.snapshot?.isComplete == false)
    }

    @Test("a version is applied once and in order", arguments: [0, 1] as [Int64])
    func order(version: Int64) throws {
        var log = try self.log([(1, Self.beginning)])
        let before = log.snapshot
        #expect(throws: DeltaError.self) { try log.apply(version: version, bytes: []) }
        #expect(log.snapshot == before)
    }

    @Test(
        "a damaged commit is named and changes nothing",
        arguments: [
            "{", #"{"add":{}}"#, #"{"add":{"path":"x","size":"1"}}"#,
            #"{"add":{"path":"x","size":99999999999999999999}}"#, "[]", #"{"add":{"path":"x","size":-1}}"#,
            #"{"add":{"path":"x","deletionVector":{"storageType":"u","cardinality":-9223372036854775808}}}"#,
            #"{"remove":{"dataChange":true}}"#, #"{"add":{"path":"x"}} x"#,
        ]
    )
    func damage(line: String) throws {
        var log = try self.log([(0, Self.beginning)])
        let before = log.snapshot
        let error = #expect(throws: DeltaError.self) {
            try log.apply(version: 1, bytes: Array("\n{\"commitInfo\":{}}\n\(line)\n".utf8))
        }
        #expect(error?.code == .malformed)
        #expect(error?.message.contains("line 3 of Delta commit 1") == true)
        #expect(log.snapshot == before)
    }

    @Test(
        "only commits have versions",
        arguments: [
            ("00000000000000000012.json", 12), ("00000000000000000000.json", 0), ("0000000000000000012.json", nil),
            ("00000000000000000012.checkpoint.parquet", nil), ("00000000000000000012.crc", nil),
            ("_last_checkpoint", nil),
            ("00000000000000000006.checkpoint.f5ee283b.json", nil), ("99999999999999999999.json", nil), ("", nil),
        ] as [(String, Int64?)]
    )
    func names(name: String, version: Int64?) {
        #expect(DeltaLogName.commitVersion(of: name) == version)
    }
}
