package import TarnCore

/// The bytes of an answer (`ops/formats/peer-protocol.md`).
extension ComparisonReply {
    package func encode(into writer: inout CanonicalWriter) {
        writer.write(byte: self.resume == nil ? 0 : 1)
        if let resume { writer.write(bytes: resume) }
        var keys = KeyWriter()
        switch self.content {
        case .frontier(let frontier):
            writer.write(byte: 0)
            frontier.encode(into: &writer, &keys)
        case .entries(let answers):
            writer.write(byte: 1)
            writer.write(count: answers.count)
            for answer in answers {
                keys.write(answer.keys, to: &writer)
                writer.write(count: answer.entries.count)
                for item in answer.entries {
                    keys.write(item.path.utf8, to: &writer)
                    item.entry.encode(into: &writer)
                }
                writer.write(count: answer.unmatched.count)
                for place in answer.unmatched { writer.write(count: place) }
            }
        }
    }

    package init(from reader: inout CanonicalReader) throws(CoreError) {
        let flag = try reader.readByte()
        guard flag <= 1 else { throw CoreError(.malformed, "flag \(flag) is neither 0 nor 1") }
        let resume = try flag == 1 ? Array(reader.readBytes(max: Limits.pathBytesMax + 1)) : nil
        let kind = try reader.readByte()
        var keys = KeyReader()
        guard kind == 1 else {
            guard kind == 0 else { throw CoreError(.malformed, "answer of unknown kind \(kind)") }
            self.init(content: .frontier(try Frontier(from: &reader, &keys)), resume: resume)
            return
        }
        var answers: [Entries] = []
        for _ in 0..<(try reader.readCount(max: min(Limits.comparisonRangesMax, reader.remaining))) {
            let range = try keys.readRange(&reader)
            var items: [Item] = []
            for _ in 0..<(try reader.readCount(max: reader.remaining)) {
                let path = try NamespacePath(utf8: keys.read(&reader))
                items.append(Item(path: path, entry: try Entry(from: &reader)))
            }
            var unmatched: [Int] = []
            for _ in 0..<(try reader.readCount(max: reader.remaining)) {
                unmatched.append(try reader.readCount(max: Int(Int32.max)))
            }
            answers.append(Entries(keys: range, entries: items, unmatched: unmatched))
        }
        self.init(content: .entries(answers), resume: resume)
    }
}
