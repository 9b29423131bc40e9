import TarnCore
import Testing

@Suite struct ReadLevelTests {
    @Test(
        arguments: [
            ("linearizable", .linearizable), ("local", .local), ("bounded(500)", .bounded(milliseconds: 500)),
            ("bounded:1", .bounded(milliseconds: 1)), ("atLeast(0)", .atLeast(.genesis)),
            ("atLeast:12", .atLeast(Op(12))),
        ] as [(String, ReadLevel)]
    )
    func `a level is read in either form and says itself in one`(text: String, level: ReadLevel) {
        #expect(ReadLevel(text) == level)
        #expect(ReadLevel(level.description) == level)
    }

    @Test(arguments: [
        "", "magic", "Local", "bounded", "bounded()", "bounded(0)", "bounded(86400001)", "bounded(-1)", "bounded(+1)",
        "bounded(1", "bounded 1)", "atLeast", "atLeast(x)", "atLeast:", "atLeast(99999999999999999999)", "local:1",
        "linearizable()",
    ])
    func `anything else is no level`(text: String) {
        #expect(ReadLevel(text) == nil)
    }
}
