/// Takes secrets out of texts that leave the machine: bearer tokens, access tokens and private keys.
package enum SecretMask {
    private static let mask = "[removed]"

    /// `text` without the secrets in it; ids of tokens stay, for they are none.
    package static func masked(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).reduce(into: Lines()) { $0.add($1) }.text
    }

    private struct Lines {
        private var lines: [String] = []
        private var isInKey = false

        var text: String { self.lines.joined(separator: "\n") }

        mutating func add(_ line: Substring) {
            if line.contains("-----BEGIN"), line.contains("PRIVATE KEY") {
                self.isInKey = !line.contains("-----END")
                self.lines.append(SecretMask.mask)
            } else if self.isInKey {
                self.isInKey = !line.contains("-----END")
            } else {
                self.lines.append(SecretMask.maskedLine(line))
            }
        }
    }

    private static func maskedLine(_ line: Substring) -> String {
        var out = ""
        var rest = line
        while let start = rest.firstRange(of: "tarn_")?.lowerBound ?? rest.firstRange(of: "tarnoauth.")?.lowerBound {
            out += rest[..<start]
            rest = rest[start...]
            let word = rest.prefix { $0.isLetter || $0.isNumber || "_-.".contains($0) }
            out += self.maskedWord(word)
            rest = rest[word.endIndex...]
        }
        return out + rest
    }

    /// `tarn_<id>_<64 hex digits>` keeps its id; a metric's name such as `tarn_commit_op` is no token.
    private static func maskedWord(_ word: Substring) -> String {
        if word.hasPrefix("tarnoauth.") { return "tarnoauth.\(self.mask)" }
        let parts = word.split(separator: "_", omittingEmptySubsequences: false)
        guard let secret = parts.last, secret.count >= 32, secret.allSatisfy(\.isHexDigit) else { return String(word) }
        return parts.dropLast().joined(separator: "_") + "_\(self.mask)"
    }
}
