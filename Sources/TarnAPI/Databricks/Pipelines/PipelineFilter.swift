internal import TarnCore

/// `name LIKE 'text with % for anything'`, the one filter of pipelines that can be said of a stored one.
struct PipelineFilter: Sendable {
    private let parts: [String]?

    init(_ text: String) throws(DatabricksError) {
        let trimmed = text.trimmingSpaces
        guard !trimmed.isEmpty else {
            self.parts = nil
            return
        }
        let words = trimmed.split(separator: " ", maxSplits: 2).map(String.init)
        guard words.count == 3, words[0].lowercased() == "name", words[1].lowercased() == "like",
            words[2].count >= 2, words[2].hasPrefix("'"), words[2].hasSuffix("'")
        else { throw .invalid("filter '\(text)'; name LIKE '…' is expected") }
        self.parts = words[2].dropFirst().dropLast().split(separator: "%", omittingEmptySubsequences: false)
            .map { $0.lowercased() }
    }

    func matches(_ pipeline: JSONValue) -> Bool {
        guard let parts = self.parts, let first = parts.first, let last = parts.last else { return true }
        var rest = (pipeline["name"]?.string ?? "").lowercased()[...]
        guard parts.count > 1 else { return rest == first }
        guard rest.hasPrefix(first), rest.count >= first.count + last.count, rest.hasSuffix(last) else { return false }
        rest = rest.dropFirst(first.count).dropLast(last.count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let range = rest.firstRange(of: part) else { return false }
            rest = rest[range.upperBound...]
        }
        return true
    }
}

extension String {
    /// Without spaces at either end.
    fileprivate var trimmingSpaces: String {
        var text = self.drop { $0 == " " }
        while text.last == " " { text = text.dropLast() }
        return String(text)
    }
}
