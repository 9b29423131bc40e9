import TarnDelta
import Testing

/// What the Python package `deltalake` 1.6.6 says of each table.
struct ExpectedTable: Sendable, CustomTestStringConvertible {
    let name: String
    let version: Int64
    let fileCount: Int
    let bytesCount: Int64
    let recordCount: Int64
    let filesWithoutStatistics: Int
    let tableName: String?
    let partitionColumns: [String]
    let firstPath: String?

    var testDescription: String { self.name }

    static let all: [ExpectedTable] = [
        .init(
            "COVID-19_NYT",
            0,
            8,
            6_190_485,
            1_111_930,
            0,
            nil,
            [],
            "part-00000-a496f40c-e091-413a-85f9-b1b69d4b3b4e-c000"
        ),
        .init(
            "cdf-table",
            3,
            9,
            7_282,
            9,
            0,
            nil,
            ["birthday"],
            "birthday=2023-12-22/part-00000-592a7e14-f790-4236-9c61-120d006eb3b8.c000"
        ),
        .init(
            "cdf-table-non-partitioned",
            4,
            11,
            22_637,
            11,
            0,
            nil,
            [],
            "part-00000-47bab5c8-9d0c-41b6-9f56-d45f47d5dea5.c000"
        ),
        .init(
            "checkpoint-v2-table",
            9,
            8,
            8_924,
            44,
            0,
            nil,
            [],
            "part-00000-247edc12-0eb3-44dc-9d39-42b50dbe6a6b.c000"
        ),
        .init(
            "delta-0.8.0-partitioned",
            0,
            6,
            2_477,
            0,
            6,
            nil,
            ["year", "month", "day"],
            "year=2020/month=1/day=1/part-00000-8eafa330-3be9-4a39-ad78-fd13c2027c7e.c000"
        ),
        .init(
            "delta-0.8.0-special-partition",
            0,
            2,
            920,
            0,
            2,
            nil,
            ["x"],
            "x=A%2FA/part-00007-b350e235-2832-45df-9918-6cab4f7578f7.c000"
        ),
        .init(
            "delta-2.2.0-partitioned-types",
            0,
            3,
            1_356,
            3,
            0,
            nil,
            ["c1", "c2"],
            "c1=4/c2=c/part-00003-f525f459-34f9-46f5-82d6-d42121d883fd.c000"
        ),
        .init("delta-live-table", 1, 0, 0, 0, 0, "SnowflakeTest_Snowflake_DTL_SHERPA_USER_TABLE", [], nil),
        .init(
            "http_requests",
            1,
            2,
            9_756,
            1_581,
            0,
            "http_requests",
            ["date"],
            "date=2023-04-13/part-00000-e853fe2e-6f42-450c-8af1-4145b73a96c7-c000"
        ),
        .init("simple_table", 4, 5, 1_811, 0, 5, nil, [], "part-00000-2befed33-c358-4768-a43c-3eda0d2a499d-c000"),
        .init(
            "simple_table_with_checkpoint",
            10,
            11,
            4_862,
            0,
            11,
            nil,
            [],
            "part-00000-136c36f5-639d-4e95-bb0f-15cde3fb14eb-c000"
        ),
        .init("table-with-dv-small", 1, 1, 635, 10, 0, nil, [], "part-00000-fae5310a-a37d-4e51-827b-c3d5516560ca-c000"),
        .init(
            "table_with_column_mapping",
            0,
            2,
            1_700,
            5,
            0,
            nil,
            ["Company Very Short"],
            "8v/part-00001-69b4a452-aeac-4ffa-bf5c-a0c2833d05eb.c000"
        ),
        .init(
            "table_with_deletion_logs",
            20,
            1,
            10_499,
            100,
            0,
            nil,
            [],
            "part-00000-cb251d5e-b665-437a-a9a7-fbfc5137c77d.c000"
        ),
    ]

    private init(
        _ name: String,
        _ version: Int64,
        _ fileCount: Int,
        _ bytesCount: Int64,
        _ recordCount: Int64,
        _ filesWithoutStatistics: Int,
        _ tableName: String?,
        _ partitionColumns: [String],
        _ firstPath: String?
    ) {
        self.name = name
        self.version = version
        self.fileCount = fileCount
        self.bytesCount = bytesCount
        self.recordCount = recordCount
        self.filesWithoutStatistics = filesWithoutStatistics
        self.tableName = tableName
        self.partitionColumns = partitionColumns
        self.firstPath = firstPath
    }
}

@Suite("Real Delta tables", .enabled(if: SharedDeltaTables.isPresent, SharedDeltaTables.explanation))
struct SharedTableTests {
    private func replay(_ table: String, from first: Int64 = 0) throws -> TableSnapshot? {
        var log = DeltaLog()
        for file in try SharedDeltaTables.log(of: table) {
            guard let version = DeltaLogName.commitVersion(of: file.name), version >= first else { continue }
            try log.apply(version: version, bytes: file.bytes)
        }
        return log.snapshot
    }

    @Test("the replayed snapshot is the one that deltalake reads", arguments: ExpectedTable.all)
    func snapshot(of expected: ExpectedTable) throws {
        let snapshot = try #require(try self.replay(expected.name))
        #expect(snapshot.version == expected.version)
        #expect(snapshot.files.count == expected.fileCount)
        #expect(snapshot.size == expected.bytesCount)
        #expect(snapshot.files.compactMap(\.recordCount).reduce(0, +) == expected.recordCount)
        #expect(snapshot.files.filter { $0.recordCount == nil }.count == expected.filesWithoutStatistics)
        #expect(snapshot.name == expected.tableName)
        #expect(snapshot.partitionColumns == expected.partitionColumns)
        #expect(snapshot.format == "parquet")
        #expect(snapshot.schemaString.hasPrefix("{\"type\":\"struct\""))
        #expect(snapshot.isComplete)
        if let firstPath = expected.firstPath {
            #expect(try #require(snapshot.files.first).path.hasPrefix(firstPath))
        } else {
            #expect(snapshot.files.isEmpty)
        }
    }

    @Test("partition values keep their characters, and paths are decoded once")
    func specialPartition() throws {
        let snapshot = try #require(try self.replay("delta-0.8.0-special-partition"))
        #expect(snapshot.files.map { $0.partitionValues.map(\.value) } == [["A/A"], ["B B"]])
        #expect(snapshot.files[1].path.hasPrefix("x=B%20B/part-00015"))
    }

    @Test("a file with a deletion vector takes the place of the file without")
    func deletionVector() throws {
        let file = try #require(try self.replay("table-with-dv-small")?.files.first)
        #expect(
            file.deletionVector
                == DeletionVector(
                    storageType: "u",
                    pathOrInline: "vBn[lx{q8@P<9BNH/isA",
                    offset: 1,
                    sizeBytes: 36,
                    cardinality: 2
                )
        )
        #expect(file.modificationTimeMilliseconds == 1_677_811_178_336)
    }

    @Test("a log without its first commits says that it is incomplete")
    func missingBeginning() throws {
        let snapshot = try #require(try self.replay("simple_table_with_checkpoint", from: 5))
        #expect(!snapshot.isComplete)
        #expect(snapshot.version == 10)
        #expect(snapshot.files.count == 6)
    }
}
