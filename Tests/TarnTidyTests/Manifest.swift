/// The targets of a `Package.swift` and what they depend on, read from its text.
enum Manifest {
    struct Target: Hashable {
        let kind: String
        let name: String
        /// Targets of the same package.
        let targets: [String]
        /// Products of other packages, by the constant that stands for them or by name.
        let products: [String]
    }

    static func targets(in text: String) -> [Target] {
        let code = CodeMask.code(of: text)
        var out: [Target] = []
        for kind in ["target", "executableTarget", "testTarget", "systemLibrary", "macro", "plugin"] {
            var rest = code[...]
            while let start = rest.firstRange(of: ".\(kind)(") {
                rest = rest[start.upperBound...]
                guard let end = self.closing(of: rest) else { break }
                // The mask keeps every byte's place, so that the literals can be read from the text itself.
                let from = code.utf8.distance(from: code.startIndex, to: rest.startIndex)
                let to = code.utf8.distance(from: code.startIndex, to: end)
                let body = String(decoding: Array(text.utf8)[from..<to], as: UTF8.self)
                if let target = self.target(kind: kind, body: body) { out.append(target) }
            }
        }
        return out
    }

    /// Edges that break ``Layers``, and targets that are on no layer.
    static func violations(in text: String) -> [Violation] {
        self.targets(in: text).filter { $0.kind != "testTarget" }.flatMap { target -> [Violation] in
            guard Layers.layerOfTarget[target.name] != nil else {
                return [Violation(path: "Package.swift", line: nil, message: "target \(target.name) is on no layer")]
            }
            var messages = target.targets.compactMap { Layers.objection(to: $0, from: target.name) }
            if Layers.pureTargets.contains(target.name) {
                messages += target.products.filter { $0 != "collections" }.map {
                    "\(target.name) is pure, and \($0) is not"
                }
            }
            return messages.map { Violation(path: "Package.swift", line: nil, message: $0) }
        }
    }

    /// Where the parenthesis that is open at the start of `code` closes.
    private static func closing(of code: Substring) -> Substring.Index? {
        var depth = 1
        for index in code.indices {
            if code[index] == "(" { depth += 1 }
            if code[index] == ")" { depth -= 1 }
            if depth == 0 { return index }
        }
        return nil
    }

    private static func target(kind: String, body: String) -> Target? {
        let parts = body.split(separator: "\"", omittingEmptySubsequences: false)
        guard parts.count > 2, parts[0].hasSuffix("name: ") else { return nil }
        var targets: [String] = []
        var products: [String] = []
        if let start = body.firstRange(of: "dependencies: [") {
            let list = body[start.upperBound...].prefix { $0 != "]" }
            var isInProduct = false
            for (index, part) in list.split(separator: "\"", omittingEmptySubsequences: false).enumerated() {
                if index.isMultiple(of: 2) {
                    isInProduct = part.contains(".product(") || (isInProduct && !part.contains(")"))
                    products += part.split { !$0.isLetter && !$0.isNumber && $0 != "." }
                        .filter { !["name", "package", ".product"].contains($0) }.map(String.init)
                } else if isInProduct {
                    products.append(String(part))
                } else {
                    targets.append(String(part))
                }
            }
        }
        return Target(kind: kind, name: String(parts[1]), targets: targets, products: products)
    }
}
