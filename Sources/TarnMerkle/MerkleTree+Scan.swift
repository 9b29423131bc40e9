package import TarnCore

extension MerkleTree {
    /// Calls `body` with the entries at or after `start` and before `end` (nil: to the last), in order, at most `limit`
    /// of them, until it returns false.
    package func scan(
        from start: [UInt8],
        below end: [UInt8]?,
        limit: Int,
        _ body: (NamespacePath, Entry) throws -> Bool
    ) rethrows {
        var cursor = TreeCursor(self.top)
        cursor.seek(to: start)
        var rest = limit
        while rest > 0, case .entry = cursor.place {
            if let end, !Bytes.isLess(cursor.leaf.key, end) { return }
            guard try body(NamespacePath(unchecked: cursor.leaf.key), cursor.leaf.entry) else { return }
            rest -= 1
            cursor.nextEntry()
        }
    }

    /// The entries directly in `directory`, by name, behind the name `after`, at most `limit`. Subtrees in between are
    /// jumped over.
    package func children(
        of directory: NamespacePath,
        after: String? = nil,
        limit: Int = .max
    ) -> [(NamespacePath, Entry)] {
        let prefix = directory.descendantPrefix
        // A zero byte is in no path: this is the first key behind `after`.
        let start = after.map { prefix + Array($0.utf8) + [0] } ?? prefix
        var out: [(NamespacePath, Entry)] = []
        var cursor = TreeCursor(self.top)
        cursor.seek(to: start)
        while out.count < limit, case .entry = cursor.place {
            let key = cursor.leaf.key
            guard key.count > prefix.count, key.starts(with: prefix) else { break }
            if let slash = key[prefix.count...].firstIndex(of: 0x2f) {
                cursor.seek(to: key[..<slash] + [0x30])
            } else {
                out.append((NamespacePath(unchecked: key), cursor.leaf.entry))
                cursor.nextEntry()
            }
        }
        return out
    }

    /// Calls `body` with the name and the summary of everything directly in `directory`, by name: what
    /// ``children(of:)`` finds, without a path and attributes of its own for each. The name's bytes last as long as the
    /// call.
    package func forEachChild(
        of directory: NamespacePath,
        _ body: (_ name: UnsafeRawBufferPointer, EntrySummary) -> Void
    ) {
        let prefix = directory.descendantPrefix
        var cursor = TreeCursor(self.top)
        cursor.seek(to: prefix)
        while case .entry = cursor.place {
            let step = cursor.leaf.withRecord { key, packed -> ChildStep in
                guard key.count > prefix.count, key.starts(with: prefix) else { return .end }
                let name = UnsafeRawBufferPointer(rebasing: key[prefix.count...])
                if let slash = name.firstIndex(of: 0x2f) { return .subtree(keyBytesCount: prefix.count + slash) }
                body(name, PackedEntry.summary(packed))
                return .next
            }
            switch step {
            case .end: return
            case .next: cursor.nextEntry()
            case .subtree(let count): cursor.seek(to: cursor.leaf.key[..<count] + [0x30])
            }
        }
    }

    /// Where a list of children goes on.
    private enum ChildStep {
        case next
        /// Behind everything below the child whose key has so many bytes.
        case subtree(keyBytesCount: Int)
        case end
    }

    /// The entries at any depth below `directory`, in order, behind `after`, at most `limit`.
    package func descendants(
        of directory: NamespacePath,
        after: NamespacePath? = nil,
        limit: Int = .max
    ) -> [(NamespacePath, Entry)] {
        var start = directory.descendantPrefix
        if let after, !Bytes.isLess(after.utf8, start) { start = after.utf8 + [0] }
        var out: [(NamespacePath, Entry)] = []
        self.scan(from: start, below: directory.descendantEnd, limit: limit) { path, entry in
            out.append((path, entry))
            return true
        }
        return out
    }
}
