import TarnCore
import Testing

@testable import TarnAPI

@Suite struct ByteRangeTests {
    @Test(
        arguments: [
            (nil, ByteRange.whole),
            ("bytes=0-3", .part(0..<4)),
            ("bytes=0-", .part(0..<10)),
            ("BYTES=2-2", .part(2..<3)),
            ("bytes=7-99", .part(7..<10)),
            ("bytes=7-99999999999999999999999999", .part(7..<10)),
            ("bytes=-3", .part(7..<10)),
            ("bytes=-99", .part(0..<10)),
            ("bytes=10-", .unsatisfiable),
            ("bytes=10-12", .unsatisfiable),
            ("bytes=-0", .unsatisfiable),
            ("bytes=0-1,4-5", .whole),
            ("bytes=5-2", .whole),
            ("bytes=+1-2", .whole),
            ("bytes=", .whole),
            ("bytes=-", .whole),
            ("bytes=1-2-3", .whole),
            ("lines=0-3", .whole),
            ("nonsense", .whole),
        ] as [(String?, ByteRange)]
    )
    func readsSingleRangesOfTenBytes(_ header: String?, _ expected: ByteRange) {
        #expect(ByteRange(header, size: 10) == expected)
    }

    @Test(arguments: ["bytes=0-", "bytes=0-0", "bytes=-1"])
    func nothingLiesInAnEmptyContent(_ header: String) {
        #expect(ByteRange(header, size: 0) == .unsatisfiable)
    }
}

@Suite struct EntityTagsTests {
    private static let one = Digest(words: 1, 2, 3, 4)
    private static let other = Digest(words: 5, 6, 7, 8)

    @Test func noHeaderIsNoCondition() {
        #expect(EntityTags(nil) == nil)
    }

    @Test func aStarMatchesWhateverIsThereAndNotNothing() {
        #expect(EntityTags("*")?.match(Self.one) == true)
        #expect(EntityTags("*")?.match(nil) == false)
    }

    @Test(arguments: ["\"%\"", "W/\"%\"", "\"other\", \"%\"", "\"x\" ,\t\"%\" "])
    func aListMatchesTheTagsInIt(_ form: String) {
        let tags = EntityTags(form.replacing("%", with: Self.one.hex))
        #expect(tags?.match(Self.one) == true)
        #expect(tags?.match(Self.other) == false)
    }

    @Test(arguments: ["", "%", "\"%", "\"abc\""])
    func tagsOfOtherFormsMatchNothing(_ form: String) {
        #expect(EntityTags(form.replacing("%", with: Self.one.hex))?.match(Self.one) == false)
    }
}
