/// The first line of a notebook in SOURCE form.
enum SourceHeader {
    static let text = Array(" Databricks notebook source".utf8)

    /// The comment characters before the header on the first line, or nil when that line is not the header.
    static func comment(in content: [UInt8]) -> String? {
        let commentCount = content.first == 0x23 ? 1 : 2
        let headerEnd = commentCount + self.text.count
        guard content.count >= headerEnd, content[commentCount..<headerEnd].elementsEqual(self.text) else {
            return nil
        }
        let rest = content[headerEnd...].prefix(2)
        guard rest.isEmpty || rest.first == 0x0a || rest.elementsEqual([0x0d, 0x0a]) else { return nil }
        return String(decoding: content[..<commentCount], as: UTF8.self)
    }
}
