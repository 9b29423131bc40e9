internal import TarnCore

/// What the objects of a backup are called.
enum BackupNames {
    /// Says what this place is, and of which cluster.
    static let marker = "tarn-backup.json"
    static let roots = "roots/"
    static let segments = "segments/"
    /// Of the place; goes up when older readers would misread it.
    static let format = "tarn backup 1"
    /// Of a root. The first version does not name changes of the membership.
    static let rootFormat = "tarn backup 2"
    static let firstRootFormat = "tarn backup 1"
    private static let rootSuffix = ".json"
    /// Digits of an op in the name of its root: all that the largest one has.
    private static let opDigitsCount = 20

    static func segment(_ fingerprint: Digest) -> String { "\(self.segments)\(fingerprint.hex).seg" }

    /// In order of ops.
    static func root(_ op: Op) -> String {
        let digits = String(op.number)
        let zeros = String(repeating: "0", count: self.opDigitsCount - digits.utf8.count)
        return "\(self.roots)\(zeros)\(digits)\(self.rootSuffix)"
    }

    /// The op of a root's object, or nil for any other name.
    static func op(ofRoot name: String) -> Op? {
        guard name.hasPrefix(self.roots), name.hasSuffix(self.rootSuffix) else { return nil }
        return UInt64(name.dropFirst(self.roots.utf8.count).dropLast(self.rootSuffix.utf8.count)).map { Op($0) }
    }
}
