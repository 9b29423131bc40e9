import TarnClient
import Testing

@Suite struct IgnorePatternsTests {
    @Test(
        arguments: [
            // Without a slash: a name at any depth.
            (["*.pyc"], "a.pyc", false, true), (["*.pyc"], "a/b/c.pyc", false, true), (["*.pyc"], "a.py", false, false),
            (["foo"], "foo", true, true), (["foo"], "a/foo", false, true), (["foo"], "foobar", false, false),
            // A slash in front or inside ties it to the source.
            (["/foo"], "foo", false, true), (["/foo"], "a/foo", false, false), (["a/b"], "a/b", false, true),
            (["a/b"], "x/a/b", false, false), (["a/*"], "a/b", false, true), (["a/*"], "a/b/c", false, false),
            // A slash at the end: folders only.
            (["build/"], "build", true, true), (["build/"], "build", false, false), (["build/"], "a/build", true, true),
            // Two stars.
            (["**/foo"], "foo", false, true), (["**/foo"], "a/b/foo", false, true), (["a/**"], "a/b/c", false, true),
            (["a/**"], "a", true, false), (["a/**/b"], "a/b", false, true), (["a/**/b"], "a/x/y/b", false, true),
            (["a/**/b"], "a/x/y/c", false, false), (["**/a/**/b"], "x/a/y/b", false, true),
            (["a**"], "abc", false, true),
            // The last match decides.
            (["*.py", "!keep.py"], "keep.py", false, false), (["*.py", "!keep.py"], "x.py", false, true),
            (["!keep.py", "*.py"], "keep.py", false, true),
            // Sets, single characters, escapes.
            (["?.py"], "a.py", false, true), (["?.py"], "ab.py", false, false), (["[ab].py"], "b.py", false, true),
            (["[!ab].py"], "b.py", false, false), (["[^ab].py"], "c.py", false, true), (["[a-c]x"], "bx", false, true),
            (["[]]x"], "]x", false, true), (["[[:digit:]]*"], "7z", false, true), (["[[:alpha:]]"], "7", false, false),
            (["\\*"], "*", false, true), (["\\*"], "a", false, false), (["\\!x"], "!x", false, true),
            (["\\#x"], "#x", false, true), (["x\\ "], "x ", false, true), (["a*b*c"], "aXbYbZc", false, true),
            // Comments, blanks, spaces at the end.
            (["# x"], "# x", false, false), ([""], "x", false, false), (["x  "], "x", false, true),
            (["*"], "ä/ö", false, true), (["ü*"], "über", false, true),
        ] as [([String], String, Bool, Bool)]
    )
    func aPatternMatchesAsInGit(lines: [String], path: String, isDirectory: Bool, isExcluded: Bool) throws {
        #expect(try IgnorePatterns(lines).excludes(path, isDirectory: isDirectory) == isExcluded, "\(lines) \(path)")
    }

    @Test(arguments: ["[ab", "x\\", "/", "!", "[[:alpha]", "[[:nonsense:]]"])
    func aPatternThatCannotMatchIsAnError(pattern: String) {
        #expect(throws: ClientError.self) { try IgnorePatterns([pattern]) }
    }

    @Test func manyStarsTakeNoExponentialTime() throws {
        let pattern = String(repeating: "*a", count: 40) + "b"
        #expect(try !IgnorePatterns([pattern]).excludes(String(repeating: "a", count: 2_000), isDirectory: false))
    }
}
