import TarnCore
import Testing

@Suite("JSON fragments")
struct JSONFragmentTests {
    static func value(_ text: String) throws -> JSONFragment { try JSONFragment(parsing: Array(text.utf8)) }

    @Test(
        "a value keeps its spelling",
        arguments: ["1.50e+3", "\"\\u00e4\\/\"", "{\"b\": 1,\"a\" :[ ] }", "null", "true", "-0"]
    )
    func spelling(text: String) throws {
        #expect(try Self.value(" \(text)\n").bytes == Array(text.utf8))
    }

    @Test("parts are read by kind, and a wrong kind is nil")
    func parts() throws {
        let value = try Self.value(
            #"{"s":"ä\n","i":-7,"d":0.5,"t":true,"f":false,"n":null,"o":{"x":1},"a":[1,"2"],"i":8}"#
        )
        let object = try #require(value.object)
        #expect(object["s"]?.string == "ä\n")
        #expect(object["i"]?.int64 == 8)
        #expect(object["d"]?.double == 0.5)
        #expect(object["d"]?.int64 == nil)
        #expect(object["t"]?.boolean == true && object["f"]?.boolean == false && object["s"]?.boolean == nil)
        #expect(object["n"]?.isNull == true && object["t"]?.isNull == false)
        #expect(object["o"]?.object?["x"]?.int64 == 1)
        #expect(object["a"]?.elements?.map(\.string) == [nil, "2"])
        #expect(object["a"]?.object == nil && object["o"]?.elements == nil && object["i"]?.string == nil)
        #expect(object["missing"] == nil)
    }

    @Test("members keep their order when one is replaced, added or removed")
    func members() throws {
        var object = try #require(try Self.value(#"{"b":1.0,"a":2,"c":[ ]}"#).object)
        object["a"] = JSONFragment("x")
        object["d"] = JSONFragment(true)
        object["b"] = nil
        #expect(String(decoding: JSONFragment(object).bytes, as: UTF8.self) == #"{"a":"x","c":[ ],"d":true}"#)
    }

    @Test("values are made of what Swift has")
    func making() {
        let value = JSONFragment([
            JSONFragment("\""), JSONFragment(Int64.min), JSONFragment(false), .null, JSONFragment(JSONObject()),
        ])
        #expect(String(decoding: value.bytes, as: UTF8.self) == #"["\"",-9223372036854775808,false,null,{}]"#)
    }

    @Test("what is no JSON, or nests too deep, is refused", arguments: ["", "{", "1 2", "{\"a\":1,}", "[[[[[]]]]]"])
    func refused(text: String) {
        #expect(throws: JSONError.self) { try JSONFragment(parsing: Array(text.utf8), depthMax: 4) }
    }

    @Test("an indented writer gives every member and element a line")
    func indentation() {
        var writer = JSONWriter(indentation: 2)
        writer.beginObject()
        writer.key("a")
        writer.beginArray()
        writer.integer(1)
        writer.lines(of: "x\ny")
        writer.endArray()
        writer.key("b")
        writer.beginObject()
        writer.endObject()
        writer.key("c")
        writer.raw("[1,2]")
        writer.endObject()
        let expected = """
            {
              "a": [
                1,
                [
                  "x\\n",
                  "y"
                ]
              ],
              "b": {},
              "c": [1,2]
            }
            """
        #expect(writer.text == expected)
    }
}
