internal import TarnCore

/// The `filter` of a SCIM list (RFC 7644, section 3.4.2.2): comparisons joined by `and` and `or`.
struct ScimFilter: Sendable {
    private struct Comparison: Sendable {
        let path: [String]
        let operation: String
        let value: String
    }

    private static let operations: Set<String> = ["eq", "ne", "co", "sw", "ew", "pr", "gt", "ge", "lt", "le"]
    private static let comparisonsMax = 32

    /// One of the inner lists must hold as a whole.
    private var alternatives: [[Comparison]] = [[]]

    /// Throws ``DatabricksError`` for a text that is no filter.
    init(_ text: String) throws(DatabricksError) {
        var words = try Self.words(text)[...]
        var count = 0
        repeat {
            guard let name = words.popFirst(), let operation = words.popFirst()?.lowercased(),
                Self.operations.contains(operation), count < Self.comparisonsMax
            else { throw Self.broken(text) }
            var value = ""
            if operation != "pr" {
                guard let word = words.popFirst() else { throw Self.broken(text) }
                value = word
            }
            count += 1
            self.alternatives[self.alternatives.count - 1].append(
                Comparison(
                    path: name.lowercased().split(separator: ".").map(String.init),
                    operation: operation,
                    value: value.lowercased()
                )
            )
            switch words.popFirst()?.lowercased() {
            case nil: return
            case "and": break
            case "or": self.alternatives.append([])
            default: throw Self.broken(text)
            }
        } while true
    }

    func matches(_ resource: JSONValue) -> Bool {
        self.alternatives.contains { comparisons in
            comparisons.allSatisfy { Self.holds($0, for: resource) }
        }
    }

    private static func broken(_ text: String) -> DatabricksError {
        DatabricksError(400, "INVALID_PARAMETER_VALUE", "Given filter operator is not supported: '\(text)'")
    }

    /// Words and quoted texts, which lose their quotes.
    private static func words(_ text: String) throws(DatabricksError) -> [String] {
        var words: [String] = []
        var rest = text[...].drop { $0 == " " }
        while let first = rest.first {
            if first == "\"" {
                rest = rest.dropFirst()
                guard let end = rest.firstIndex(of: "\"") else { throw Self.broken(text) }
                words.append(String(rest[..<end]))
                rest = rest[rest.index(after: end)...]
            } else {
                words.append(String(rest.prefix { $0 != " " }))
                rest = rest.drop { $0 != " " }
            }
            rest = rest.drop { $0 == " " }
        }
        return words
    }

    private static func holds(_ comparison: Comparison, for resource: JSONValue) -> Bool {
        let values = self.values(of: comparison.path[...], in: resource)
        switch comparison.operation {
        case "pr": return !values.isEmpty
        case "ne": return !values.contains(comparison.value)
        case "eq": return values.contains(comparison.value)
        case "co": return values.contains { $0.contains(comparison.value) || comparison.value.isEmpty }
        case "sw": return values.contains { $0.hasPrefix(comparison.value) }
        case "ew": return values.contains { $0.hasSuffix(comparison.value) }
        case "gt": return values.contains { $0 > comparison.value }
        case "ge": return values.contains { $0 >= comparison.value }
        case "lt": return values.contains { $0 < comparison.value }
        default: return values.contains { $0 <= comparison.value }
        }
    }

    /// The texts that a path leads to, in lower case; a list leads to each of its elements.
    private static func values(of path: ArraySlice<String>, in value: JSONValue) -> [String] {
        switch value {
        case .array(let items): return items.flatMap { self.values(of: path, in: $0) }
        case .object(let members):
            guard let name = path.first else { return members["value"].map { self.values(of: [], in: $0) } ?? [] }
            return members.filter { $0.key.lowercased() == name }.flatMap {
                self.values(of: path.dropFirst(), in: $0.value)
            }
        case .null: return []
        default: return path.isEmpty ? [value.display.lowercased()] : []
        }
    }
}
