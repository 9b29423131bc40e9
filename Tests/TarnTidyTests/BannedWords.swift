/// Words that no file may hold, or no code may use.
enum BannedWords {
    /// Marks of unfinished work, wherever they stand. Joined here so that this file does not hold them itself.
    static let unfinished = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]

    /// Unfinished work and paths of one machine, in any text file.
    static func violationsInText(of file: SourceFile) -> [Violation] {
        zip(1..., file.lines).flatMap { number, line in
            var messages: [String] = []
            for word in self.unfinished where Words.contains(word, in: line) {
                messages.append("\(word): finish it or leave it out")
            }
            if let path = self.machinePath(in: line) { messages.append("\(path)… is a path of one machine") }
            return messages.map { Violation(path: file.path, line: number, message: $0) }
        }
    }

    /// What Swift code may not use. `Sources/tarn` may print, and start the tasks that everything else runs in.
    static func violationsInCode(of file: SourceFile) -> [Violation] {
        let isLibrary = file.path.hasPrefix("Sources/") && file.target != "tarn"
        return zip(1..., file.codeLines).flatMap { number, line in
            var messages: [String] = []
            if Words.contains("try!", in: line) { messages.append("throw or handle the error") }
            if Words.callsFunction("fatalError", in: line) {
                messages.append("throw an error, or state what must hold by precondition")
            }
            if Words.contains("Task.detached", in: line) { messages.append("structured tasks only") }
            if isLibrary {
                for call in ["print", "debugPrint", "dump"] where Words.callsFunction(call, in: line) {
                    messages.append("\(call) is no way to report: log, or return it")
                }
                if self.startsTask(line) {
                    messages.append("structured tasks only: run it as a service or in a task group")
                }
            }
            return messages.map { Violation(path: file.path, line: number, message: $0) }
        }
    }

    /// `Task {`, `Task(priority: …) {` and the like; a type such as `Task<Void, Never>` alone is none.
    static func startsTask(_ line: Substring) -> Bool {
        if Words.contains("Task {", in: line) || Words.contains("Task{", in: line) { return true }
        if Words.callsFunction("Task", in: line) || Words.contains("Task.immediate", in: line) { return true }
        guard let generic = line.firstRange(of: "Task<") else { return false }
        return line[generic.upperBound...].contains("> {")
    }

    /// The beginning of an absolute path into somebody's home or work folder, or nil.
    static func machinePath(in line: Substring) -> String? {
        let bytes = Array(line.utf8)
        for folder in ["home", "root", "work"] {
            let wanted = Array("/\(folder)/".utf8)
            guard bytes.count > wanted.count else { continue }
            for start in 0..<(bytes.count - wanted.count) {
                let end = start + wanted.count
                guard bytes[start..<end].elementsEqual(wanted), Words.isIdentifier(bytes[end]) else { continue }
                let isInsideAPath =
                    start > 0 && (Words.isIdentifier(bytes[start - 1]) || ".-)}~*>$".utf8.contains(bytes[start - 1]))
                if !isInsideAPath { return "/\(folder)/" }
            }
        }
        return nil
    }
}
