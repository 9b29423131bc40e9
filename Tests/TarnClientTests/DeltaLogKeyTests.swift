import TarnClient
import TarnTestKit
import Testing

@Suite struct DeltaLogKeyTests {
    private static let ordered = [
        "t/_delta_log/00000000000000000000.json",
        "t/_delta_log/00000000000000000000.crc",
        "t/_delta_log/00000000000000000009.json",
        "t/_delta_log/00000000000000000009.checkpoint.0000000001.0000000002.parquet",
        "t/_delta_log/00000000000000000009.checkpoint.parquet",
        "t/_delta_log/00000000000000000010.json",
        "t/_delta_log/00000000000000000001.00000000000000000010.compacted.json",
        "t/_delta_log/_last_checkpoint",
        "u/_delta_log/00000000000000000000.json",
    ]

    @Test func commitsComeInTheOrderOfTheirVersionsWhateverTheirNames() {
        var random = SplitMix64(seed: 4)
        let shuffled = random.shuffled(Self.ordered)
        let sorted = shuffled.compactMap { path in DeltaLogKey(Array(path.utf8)[...]).map { (path, $0) } }
            .sorted { $0.1 < $1.1 }
        #expect(sorted.map(\.0) == Self.ordered)
    }

    @Test(arguments: [
        "t/part-0.parquet", "t/_delta_log/_sidecars/a.parquet", "t/_change_data/x.parquet", "_delta_log",
        "t/_delta_logs/00000000000000000000.json",
    ])
    func whatOldCommitsMayNameIsData(path: String) {
        #expect(DeltaLogKey(Array(path.utf8)[...]) == nil)
    }

    @Test(
        arguments: [
            ("_delta_log/00000000000000000003.json", "", 3, 0),
            ("a/b/_delta_log/_last_checkpoint", "a/b", UInt64.max, 2),
            ("a/_delta_log/3.json", "a", UInt64.max, 2), ("a/_delta_log/00000000000000000007.crc", "a", 7, 1),
        ] as [(String, String, UInt64, UInt8)]
    )
    func tableVersionAndRankAreRead(path: String, table: String, version: UInt64, rank: UInt8) throws {
        let key = try #require(DeltaLogKey(Array(path.utf8)[...]))
        #expect(key.table == Array(table.utf8))
        #expect(key.version == version)
        #expect(key.rank == rank)
    }
}
