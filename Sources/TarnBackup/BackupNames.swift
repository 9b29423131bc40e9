internal import TarnCore

/// What the objects of a backup are called.
enum BackupNames {
    /// Says what this place is, and of which cluster.
    static let marker = "tarn-backup.json"
    static let roots = "roots/"
    static let segments = "segments/"
    /// Goes up when older readers would misread something.
    static let format = "tarn backup 1"

    static func segment(_ fingerprint: Digest) -> String { "\(self.segments)\(fingerprint.hex).seg" }

    /// In order of ops.
    static func root(_ op: Op) -> String {
        let digits = String(op.number)
        return "\(self.roots)\(String(repeating: "0", count: 20 - digits.utf8.count))\(digits).json"
    }

    /// The op of a root's object, or nil for any other name.
    static func op(ofRoot name: String) -> Op? {
        guard name.hasPrefix(self.roots), name.hasSuffix(".json") else { return nil }
        return UInt64(name.dropFirst(self.roots.utf8.count).dropLast(5)).map { Op($0) }
    }
}
