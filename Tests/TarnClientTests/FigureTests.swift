import TarnClient
import Testing

@Suite struct FigureTests {
    @Test(
        arguments: [
            (0, "0 B"), (999, "999 B"), (1_000, "1.00 KB"), (1_435, "1.44 KB"), (99_949, "99.9 KB"), (99_950, "100 KB"),
            (999_499, "999 KB"), (999_500, "1.00 MB"), (590_000_000, "590 MB"), (UInt64.max, "18.4 EB"),
        ] as [(UInt64, String)]
    )
    func bytesHaveThreeDigits(count: UInt64, text: String) {
        #expect(HumanText.bytes(count) == text)
    }

    @Test(
        arguments: [
            (0.0, "0.00 s"), (0.4234, "0.42 s"), (9.999, "10.0 s"), (12.34, "12.3 s"), (99.94, "99.9 s"),
            (250, "4 min 10 s"),
            (7_500, "2 h 5 min"), (.infinity, "?"),
        ] as [(Double, String)]
    )
    func secondsAreShort(value: Double, text: String) {
        #expect(HumanText.seconds(value) == text)
    }

    @Test(
        arguments: [(0, "0"), (999, "999"), (1_000, "1,000"), (70_000, "70,000"), (1_234_567, "1,234,567")]
            as [(UInt64, String)]
    )
    func countsAreGrouped(value: UInt64, text: String) {
        #expect(HumanText.count(value) == text)
    }

    @Test func columnsAreAlignedAndNamesCannotDriveTheTerminal() {
        var table = TextTable([("NAME", .left), ("SIZE", .right)])
        table.append(["a", "1"])
        table.append(["é\u{1b}[31m\n", "1000"])
        #expect(table.text == "NAME           SIZE\na                 1\né\\u{1b}[31m\\n  1000\n")
    }
}
