import TarnNode
import Testing

@Suite("Trace context")
struct TraceContextTests {
    private static let trace = "0af7651916cd43dd8448eb211c80319c"
    private static let span = "b7ad6b7169203331"

    @Test("a header of the standard is read and continued", arguments: [("01", true), ("00", false), ("03", true)])
    func reads(_ flags: String, _ isSampled: Bool) throws {
        let context = try #require(TraceContext("00-\(Self.trace)-\(Self.span)-\(flags)"))
        #expect(context.traceID == Self.trace)
        #expect(context.spanID == Self.span)
        #expect(context.isSampled == isSampled)
        let child = context.child(random: 0xab)
        #expect(child.header == "00-\(Self.trace)-00000000000000ab-\(isSampled ? "01" : "00")")
        #expect(context.child(random: 0).spanID == "0000000000000001")
    }

    @Test("a later version is read as far as it is known")
    func laterVersion() {
        #expect(TraceContext("cc-\(Self.trace)-\(Self.span)-01-more") != nil)
    }

    @Test(
        "anything else is ignored",
        arguments: [
            "", "00", "00-\(Self.trace)-\(Self.span)", "00-\(Self.trace)-\(Self.span)-01-more",
            "ff-\(Self.trace)-\(Self.span)-01", "00-00000000000000000000000000000000-\(Self.span)-01",
            "00-\(Self.trace)-0000000000000000-01", "00-0AF7651916CD43DD8448EB211C80319C-\(Self.span)-01",
            "00-\(Self.trace)-\(Self.span)-0", "00-\(Self.trace)-\(Self.span)-gg",
        ]
    )
    func refuses(_ header: String) {
        #expect(TraceContext(header) == nil)
    }
}
