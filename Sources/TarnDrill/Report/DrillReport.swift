package import TarnCore

/// Everything that a drill showed, as it is kept, signed and printed.
package struct DrillReport: Sendable {
    /// The version of the document's form.
    static let formatVersion = 1

    package let json: JSONValue

    package init(json: JSONValue) {
        self.json = json
    }

    package var id: String { self.json["id"]?.string ?? "" }
    package var scenario: String { self.json["scenario"]?.string ?? "" }
    package var verdict: String { self.json["verdict"]?.string ?? "" }
    /// When the measurement began, in microseconds since 1970.
    package var injectedAt: UInt64 { Self.moment(self.json["injected_at"]) ?? 0 }
    package var recoveryMilliseconds: Double? { Self.milliseconds(self.json["rto"]?["total_ms"]) }
    package var acknowledgedCount: UInt64 { self.json["rpo"]?["acknowledged"]?.unsigned ?? 0 }
    package var lostCount: UInt64 { self.json["rpo"]?["lost"]?.unsigned ?? 0 }
    package var orphansCount: Int { self.json["rpo"]?["orphans"]?.items.count ?? 0 }

    /// The phases of the waterfall.
    package var waterfall: Waterfall {
        Waterfall(
            phases: (self.json["rto"]?["phases"]?.items ?? []).compactMap { item in
                guard let name = item["name"]?.string.flatMap({ Waterfall.Name(rawValue: $0) }),
                    let at = Self.milliseconds(item["at_ms"]), let length = Self.milliseconds(item["ms"])
                else { return nil }
                return Waterfall.Phase(
                    name: name,
                    atMicroseconds: Int64((at * 1_000).rounded()),
                    microseconds: Int64((length * 1_000).rounded())
                )
            }
        )
    }

    /// Microseconds that a report may tell: a report is a document that others write, and sums of what stands there must not
    /// overflow. 1 << 52 are 142 years.
    static let microsecondsMax: Int64 = 1 << 52

    /// A time in milliseconds; nil when it is none.
    static func milliseconds(_ value: JSONValue?) -> Double? {
        value?.double.flatMap { abs($0) <= Double(self.microsecondsMax) / 1_000 ? $0 : nil }
    }

    /// A moment in microseconds since 1970; nil when it is none.
    static func moment(_ value: JSONValue?) -> UInt64? {
        value?.unsigned.flatMap { $0 <= UInt64(self.microsecondsMax) ? $0 : nil }
    }

    /// All writes of the drill.
    package var writes: [WriteSample] {
        (self.json["timeline"]?["writes"]?.items ?? []).compactMap {
            WriteSample(json: $0, origin: self.injectedAt)
        }
    }
}
