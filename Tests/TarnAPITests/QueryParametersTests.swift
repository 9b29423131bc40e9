import TarnCore
import TarnNode
import Testing

@testable import TarnAPI

@Suite struct QueryParametersTests {
    @Test(arguments: [
        ("a%20b", "a b"), ("%E2%82%AC", "€"), ("%2Fx", "/x"), ("plain", "plain"), ("", ""),
    ])
    func decodesPercentEncoding(_ text: String, _ expected: String) throws {
        let bytes = try #require(PercentDecoding.decode(text.utf8))
        #expect(String(decoding: bytes, as: UTF8.self) == expected)
    }

    @Test(arguments: ["%", "%2", "%zz", "a%2"])
    func rejectsBrokenPercentEncoding(_ text: String) {
        #expect(PercentDecoding.decode(text.utf8) == nil)
    }

    @Test func readsNamesAndValues() throws {
        let query = try QueryParameters("q=a+b%2Bc&flag&empty=&q=second&p=%2Fworkspace%2Fx")
        #expect(query["q"] == "a b+c")
        #expect(query["empty"] == "")
        #expect(query["none"] == nil)
        #expect(try query.flag("flag"))
        #expect(try !query.flag("none"))
        #expect(try query.path("p") == NamespacePath("/workspace/x"))
    }

    @Test(arguments: ["x=%", "x=%ff", "%zz=1"])
    func rejectsWhatIsNotUTF8(_ text: String) {
        #expect(throws: Problem.self) { try QueryParameters(Substring(text)) }
    }

    @Test(arguments: ["n=0", "n=11", "n=x", "n=", "n=-1"])
    func numbersStayInTheirRange(_ text: String) throws {
        let query = try QueryParameters(Substring(text))
        #expect(throws: Problem.self) { try query.integer("n", in: 1...10, default: 5) }
    }

    @Test func aSelectorIsAnOpARootOrATime() throws {
        let root = Digest(words: 1, 2, 3, 4)
        #expect(try QueryParameters("at=12").selector("at") == .op(Op(12)))
        #expect(try QueryParameters("at=\(root.hex)").selector("at") == .root(root))
        #expect(
            try QueryParameters("at=1970-01-01T00:00:01Z").selector("at") == .time(Timestamp(microseconds: 1_000_000))
        )
        #expect(try QueryParameters("").selector("at") == nil)
        #expect(throws: Problem.self) { try QueryParameters("at=yesterday").selector("at") }
    }
}
