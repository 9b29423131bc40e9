/// The table of ARCHITECTURE.md, "Modules": which target stands on which layer. A target may use lower layers only.
enum Layers {
    static let pure = 1
    static let adapters = 2

    /// C modules stand below the adapters that wrap them.
    static let layerOfTarget: [String: Int] = [
        "TarnCore": 0,
        "TarnMerkle": 1, "TarnConsensus": 1, "TarnNotebook": 1, "TarnDelta": 1, "TarnSegment": 1, "TarnTestKit": 1,
        "CZstd": 1, "CNghttp2": 1, "COpenSSL": 1, "CTarn": 1,
        "TarnSimulator": 2,
        "TarnZstd": 2, "TarnCrypto": 2, "TarnStorage": 2, "TarnSQLite": 2, "TarnHTTP2": 2,
        "TarnFaultProxy": 2,
        "TarnBlobStore": 3, "TarnCatalog": 3, "TarnPeer": 3,
        "TarnNode": 4,
        "TarnAPI": 5, "TarnClient": 5,
        "TarnDrill": 6, "TarnBackup": 6,
        "tarn": 7, "tarn-store-bench": 6,
    ]

    /// Targets without I/O, clock, randomness or C: they import each other downwards, these collections, and nothing
    /// else.
    static let pureTargets: Set<String> = [
        "TarnCore", "TarnMerkle", "TarnConsensus", "TarnNotebook", "TarnDelta", "TarnSegment", "TarnTestKit",
        "TarnSimulator",
    ]
    static let pureImports: Set<String> = ["DequeModule", "HeapModule", "OrderedCollections"]

    /// Who may import what wraps an outside thing; everyone else goes through them.
    static let ownersOfModule: [String: Set<String>] = [
        "CZstd": ["TarnZstd"],
        "CNghttp2": ["TarnHTTP2"],
        "COpenSSL": ["TarnCrypto"],
        "CTarn": ["TarnStorage", "TarnBlobStore", "TarnClient"],
        "GRDB": ["TarnSQLite", "TarnCatalog"],
        "Hummingbird": ["TarnAPI"],
        "SwiftProtobuf": ["TarnPeer"],
        "ArgumentParser": ["tarn"],
        // It would pull libcurl into a static build.
        "FoundationNetworking": [],
    ]

    /// What is wrong with `target` using `module`, or nil.
    static func objection(to module: String, from target: String) -> String? {
        guard let layer = self.layerOfTarget[target] else { return "target \(target) is on no layer" }
        if let owners = self.ownersOfModule[module], !owners.contains(target) {
            return owners.isEmpty
                ? "\(module) is used nowhere" : "\(module) is for \(owners.sorted().joined(separator: ", ")) only"
        }
        if let other = self.layerOfTarget[module] {
            if other >= layer { return "\(module) is not below \(target)" }
            if module == "TarnTestKit" { return "TarnTestKit is for tests" }
        }
        if self.pureTargets.contains(target), !self.pureTargets.contains(module), !self.pureImports.contains(module) {
            return "\(target) is pure, and \(module) is not"
        }
        return nil
    }

    /// Imports of `file`, a source of some target, that break the table.
    static func violations(in file: SourceFile) -> [Violation] {
        zip(1..., file.codeLines).compactMap { number, line in
            guard let module = self.importedModule(line) else { return nil }
            return self.objection(to: module, from: String(file.target)).map {
                Violation(path: file.path, line: number, message: $0)
            }
        }
    }

    /// The module of an import declaration such as `@testable package import struct A.B`, or nil.
    static func importedModule(_ line: Substring) -> String? {
        let words = line.split(separator: " ")
        guard let position = words.firstIndex(of: "import"), position + 1 < words.count else { return nil }
        let modifiers: Set<Substring> = ["internal", "package", "public", "private", "fileprivate"]
        guard words[..<position].allSatisfy({ modifiers.contains($0) || $0.hasPrefix("@") }) else { return nil }
        let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
        let name = kinds.contains(words[position + 1]) ? words.dropFirst(position + 2).first : words[position + 1]
        return name.flatMap { $0.split(separator: ".").first }.map(String.init)
    }
}
