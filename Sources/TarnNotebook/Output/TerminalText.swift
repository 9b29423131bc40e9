/// Text that was made for a terminal.
enum TerminalText {
    /// `text` without escape sequences such as colours (ECMA-48, 5.4).
    static func plain(_ text: String) -> String {
        guard text.utf8.contains(0x1b) else { return text }
        let bytes = Array(text.utf8)
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            guard bytes[index] == 0x1b else {
                out.append(bytes[index])
                index += 1
                continue
            }
            index += 1
            guard index < bytes.count, bytes[index] == 0x5b else { continue }
            index += 1
            // Parameters and intermediate bytes come before the one byte that ends the sequence.
            while index < bytes.count, (0x20...0x3f).contains(bytes[index]) { index += 1 }
            if index < bytes.count, (0x40...0x7e).contains(bytes[index]) { index += 1 }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
