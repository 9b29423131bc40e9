import Foundation
import TarnNotebook

/// How much the tests that can go on for ever do: little in every run, much with `TARN_LONG=1`.
enum Effort {
    static let isLong = ProcessInfo.processInfo.environment["TARN_LONG"] == "1"

    /// `count` random cases, or twenty times as many.
    static func cases(_ count: Int) -> Int {
        self.isLong ? count * 20 : count
    }

    /// How long damaged documents of one format are made; 0 in every run, more with `TARN_FUZZ_SECONDS`.
    static let fuzzSeconds = ProcessInfo.processInfo.environment["TARN_FUZZ_SECONDS"].flatMap { Int($0) } ?? 0
    static let fuzzedFormats = Self.fuzzSeconds > 0 ? NotebookFormat.allCases : []
    /// What `TARN_SEED` says, or another one in every run.
    static let seed =
        ProcessInfo.processInfo.environment["TARN_SEED"].flatMap { UInt64($0) } ?? .random(in: 0...999_999)

    /// Leaves a case in the folder `TARN_FUZZ_KEEP`, where it is found when it ends the process.
    static func keep(_ bytes: [UInt8], as name: String) {
        guard let folder = ProcessInfo.processInfo.environment["TARN_FUZZ_KEEP"] else { return }
        try? Data(bytes).write(to: URL(filePath: folder).appending(path: name))
    }
}
