internal import TarnCore

/// The name of one drill: when it began and which scenario it ran, `20261121t101502-s2`.
package enum DrillID {
    package static func make(scenario: String, at microseconds: UInt64) -> String {
        let time = Timestamp(microseconds: microseconds).description.prefix(19).filter { $0.isNumber || $0 == "T" }
        return "\(time.lowercased())-\(scenario.lowercased())"
    }

    /// Whether `text` can be one: it becomes part of paths and of request ids.
    package static func isValid(_ text: String) -> Bool {
        text.utf8.count <= 24 && text.utf8.count >= 17
            && text.utf8.allSatisfy { (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d }
    }
}
