import TarnNotebook
import TarnTestKit

/// Makes notebooks and SOURCE texts in which everything strange that people write stands close together.
struct NotebookGenerator {
    private var random: SplitMix64

    init(seed: UInt64) {
        self.random = SplitMix64(seed: seed)
    }

    /// A text that begins with the header and goes on with marks, text and line breaks in any order.
    mutating func source(_ language: NotebookLanguage) -> [UInt8] {
        let comment = language.commentPrefix
        let header = "\(comment) Databricks notebook source"
        let pieces = [
            "\(comment) COMMAND ----------", "\n\n\(comment) COMMAND ----------\n\n", "\(comment) MAGIC",
            "\(comment) MAGIC ",
            "\(comment) MAGIC %md", "\(comment) MAGIC %sql select 1", "\(comment) MAGIC %md-sandbox",
            "\(comment) MAGIC  %run ./x",
            "\(comment) DBTITLE 1,Title", "\(comment) DBTITLE 0,", "\(comment) DBTITLE 2,x", "print('ä')", "x = 1 ", "",
            " ",
            "\t", "%md", "!ls", "\r", "-- note", "// note", "# note", "\\", "\"", "\u{0}", "😀",
            "\(comment) COMMAND ---------- ",
            "\(comment)MAGIC x", "\(comment) MAGICAL",
        ]
        var text = header
        if self.random.chance(percent: 95) { text += self.random.pick(["\n", "\n", "\n", "\r\n"]) }
        guard text.count > header.count else { return Array(text.utf8) }
        for _ in 0..<self.random.below(25) {
            text += self.random.pick(pieces)
            if self.random.chance(percent: 70) { text += self.random.pick(["\n", "\n", "\n", "\n\n", "\r\n"]) }
        }
        return Array(text.utf8)
    }

    /// A notebook whose cells hold anything.
    mutating func notebook() -> Notebook {
        let language = self.random.pick(NotebookLanguage.allCases)
        var cells: [NotebookCell] = []
        for _ in 0..<self.random.below(8) { cells.append(self.cell(language)) }
        return Notebook(name: self.random.pick(["a", "Übersicht", "a/b\"c"]), language: language, cells: cells)
    }

    private mutating func cell(_ language: NotebookLanguage) -> NotebookCell {
        let comment = language.commentPrefix
        let lines = [
            "x = 1", "", "", " ", "\(comment) COMMAND ----------", "\(comment) MAGIC %md", "\(comment) DBTITLE 1,T",
            "%md", "%sql",
            "<b>&amp;</b>", "ä\u{301}", "\r", "\tif x:", "\u{2028}", "```", "'''", "%run ./x", "{\"a\": [1]}", "#",
            "--", "//",
        ]
        var text = self.random.pick([
            "", "", "", "%md\n", "%md ", "%sql\n", " %md\n", "\n", "%md-sandbox\n", "%sh ", "!ls\n", "%raw\n",
        ])
        for index in 0..<self.random.below(6) {
            if index > 0 { text += "\n" }
            text += self.random.pick(lines)
        }
        let title = self.random.pick(["", "", "", "A title", " spaced ", "1,2"])
        let isShown = !title.isEmpty && self.random.chance(percent: 80)
        return NotebookCell(command: text, title: title, showsTitle: isShown)
    }
}
