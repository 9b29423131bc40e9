internal import CNghttp2

/// Header fields in the form that libnghttp2 takes: spans into one run of bytes.
struct FieldList {
    private var bytes: [UInt8] = []
    private var spans: [(name: Range<Int>, value: Range<Int>)] = []

    init() {
        self.bytes.reserveCapacity(256)
        self.spans.reserveCapacity(8)
    }

    mutating func append(_ name: String, _ value: String) {
        self.spans.append((self.appendText(name), self.appendText(value)))
    }

    mutating func append(_ headers: HTTP2Headers) {
        for field in headers.fields { self.append(field.name, field.value) }
    }

    /// Calls `body` with the fields; they are valid during the call only. libnghttp2 copies them when they are
    /// submitted.
    mutating func withFields<Result>(_ body: (UnsafePointer<nghttp2_nv>?, Int) -> Result) -> Result {
        let spans = self.spans
        return self.bytes.withUnsafeMutableBufferPointer { bytes in
            let fields = spans.map { span in
                nghttp2_nv(
                    name: bytes.baseAddress.map { $0 + span.name.lowerBound },
                    value: bytes.baseAddress.map { $0 + span.value.lowerBound },
                    namelen: span.name.count,
                    valuelen: span.value.count,
                    flags: UInt8(truncatingIfNeeded: NGHTTP2_NV_FLAG_NONE.rawValue)
                )
            }
            return fields.withUnsafeBufferPointer { body($0.baseAddress, $0.count) }
        }
    }

    private mutating func appendText(_ text: String) -> Range<Int> {
        let start = self.bytes.count
        self.bytes.append(contentsOf: text.utf8)
        return start..<self.bytes.count
    }
}
