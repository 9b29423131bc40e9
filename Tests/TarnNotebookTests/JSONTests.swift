import TarnCore
import TarnTestKit
import Testing

@Suite("JSON")
struct JSONTests {
    private func accepts(_ text: String) -> Bool {
        self.accepts(Array(text.utf8))
    }

    private func accepts(_ bytes: [UInt8]) -> Bool {
        var reader = JSONReader(bytes)
        do {
            try reader.skipValue()
            try reader.expectEnd()
            return true
        } catch {
            return false
        }
    }

    @Test(
        "what RFC 8259 allows is read",
        arguments: [
            "null", "true", " false ", "0", "-0", "12.5e-3", "1E+2", "\"\"", #""\u00e4\ud83d\ude00\n\/""#, "[]", "{}",
            "[1,[2,{\"a\":[]}]]", "{\"a\":{},\"a\":1}", "\n[ 1 , 2 ]\t",
        ]
    )
    func accepted(text: String) {
        #expect(self.accepts(text))
    }

    @Test(
        "what RFC 8259 forbids is refused",
        arguments: [
            "", " ", "nul", "truex", "01", "1.", ".5", "-", "+1", "1e", "\"", "\"\n\"", #""\x""#, #""\u12g4""#, "[1,]",
            "[,1]",
            "[1 2]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "[1", "{\"a\":1", "]", "1 2", "'a'", "[1}",
            "{\"a\":1]",
            "\u{feff}1", "NaN",
        ]
    )
    func refused(text: String) {
        #expect(!self.accepts(text))
    }

    @Test("nesting is bounded")
    func depth() {
        #expect(self.accepts(String(repeating: "[", count: 64) + String(repeating: "]", count: 64)))
        #expect(!self.accepts(String(repeating: "[", count: 65) + String(repeating: "]", count: 65)))
        #expect(!self.accepts(String(repeating: "[", count: 1_000_000)))
    }

    @Test(
        "escapes are decoded",
        arguments: [
            (#""a\"\\\/\b\f\n\r\tz""#, "a\"\\/\u{8}\u{c}\n\r\tz"), (#""\u0041\u00e4\u20ac""#, "Aä€"),
            (#""\ud83d\ude00!""#, "😀!"),
            (#""\ud83d""#, "\u{fffd}"), (#""\ude00x""#, "\u{fffd}x"), (#""\ud83dx\u0041""#, "\u{fffd}xA"),
            ("\"日本\"", "日本"),
        ]
    )
    func strings(text: String, expected: String) throws {
        var reader = JSONReader(Array(text.utf8))
        #expect(try reader.readString() == expected)
        var bytes: [UInt8] = []
        reader = JSONReader(Array(text.utf8))
        try reader.readString(into: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == expected)
    }

    @Test("a string that is not UTF-8 is refused")
    func invalidText() {
        var reader = JSONReader([0x22, 0xff, 0x22])
        #expect(throws: JSONError.self) { try reader.readString() }
    }

    @Test("numbers keep to their type")
    func numbers() throws {
        var reader = JSONReader(Array("[9223372036854775807,-9223372036854775808,0.1,1e3]".utf8))
        try reader.beginArray()
        _ = try reader.nextElement()
        #expect(try reader.readInt64() == .max)
        _ = try reader.nextElement()
        #expect(try reader.readInt64() == .min)
        _ = try reader.nextElement()
        #expect(try reader.readDouble() == 0.1)
        _ = try reader.nextElement()
        #expect(try reader.readNumberText() == "1e3")
        #expect(try !reader.nextElement())
        try reader.expectEnd()
        for text in ["9223372036854775808", "1.5", "1e400"] {
            var reader = JSONReader(Array(text.utf8))
            #expect(throws: JSONError.self) { try reader.readInt64() }
        }
        var infinite = JSONReader(Array("1e400".utf8))
        #expect(throws: JSONError.self) { try infinite.readDouble() }
    }

    @Test("an error says where it was met")
    func offset() {
        var reader = JSONReader(Array("[1,x]".utf8))
        let error = #expect(throws: JSONError.self) { try reader.skipValue() }
        #expect(error?.offset == 3)
    }

    @Test("random bytes never crash the reader, and cut documents are refused", arguments: [1, 2, 3] as [UInt64])
    func fuzz(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let document = Array(#"{"a":[1,2.5,"x\u00e4",null,true],"b":{"c":"d"}}"#.utf8)
        for length in 0..<document.count { #expect(!self.accepts(Array(document[..<length])), "seed \(seed)") }
        for _ in 0..<20_000 {
            var bytes = document
            for _ in 0..<random.within(1...3) { bytes[random.below(bytes.count)] = UInt8(random.below(256)) }
            _ = self.accepts(bytes)
        }
    }

    @Test("what is written reads back")
    func roundTrip() throws {
        let text = "a\"\\\u{1}\u{1f}\u{7f}\n\r\t\u{8}\u{c}ä😀"
        var writer = JSONWriter()
        writer.beginObject()
        writer.key(text)
        writer.beginArray()
        writer.string(text)
        writer.integer(Int64.min)
        writer.integer(UInt64.max)
        writer.number(-0.5)
        writer.number(.nan)
        writer.boolean(true)
        writer.null()
        writer.raw("{}")
        writer.endArray()
        writer.key("b")
        writer.integer(0)
        writer.endObject()
        #expect(writer.text.hasSuffix(",-9223372036854775808,18446744073709551615,-0.5,null,true,null,{}],\"b\":0}"))
        var reader = JSONReader(writer.bytes)
        try reader.beginObject()
        #expect(try reader.nextKey() == text)
        try reader.beginArray()
        #expect(try reader.nextElement())
        #expect(try reader.readString() == text)
        #expect(self.accepts(writer.bytes))
    }
}
