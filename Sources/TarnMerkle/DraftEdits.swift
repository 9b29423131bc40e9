internal import TarnCore

/// The single changes of a change set in progress: at each path what stood there and what stands there now.
///
/// Not generic, unlike its user: a type nested in a generic one would be slow in arrays and dictionaries.
struct DraftEdits {
    /// One path's part.
    struct Edit {
        let path: NamespacePath
        let old: Entry?
        fileprivate(set) var new: Entry?
        /// Whether ``new`` lacks the attributes that only applying gives it, so that its hash is nobody's yet.
        fileprivate(set) var isUnstamped: Bool
    }

    private var edits: [Edit] = []
    /// Where a path stands in ``edits``.
    private var positions: [NamespacePath: Int] = [:]
    /// Whether ``edits`` are sorted by path, as those of an import are.
    private var isSorted = true
    /// Entries that live here, by parent; nil until somebody asks.
    private var children: [NamespacePath: Int]?

    /// No edits; about `count` are to come.
    init(reservingCapacity count: Int) {
        self.edits.reserveCapacity(count)
        self.positions.reserveCapacity(count)
    }

    var isEmpty: Bool { self.edits.isEmpty }

    /// The edit at `path`, or nil for a path that was not changed.
    subscript(path: NamespacePath) -> Edit? {
        self.positions[path].map { self.edits[$0] }
    }

    /// Makes `new` the entry at `path`, where `present` is until now.
    mutating func set(_ path: NamespacePath, _ new: Entry?, present: Entry?, isUnstamped: Bool) {
        let next = self.edits.count
        let position = self.position(of: path)
        if self.children != nil, let parent = path.parent {
            let wasLive = position < next && self.edits[position].new != nil
            self.children?[parent, default: 0] += (new == nil ? 0 : 1) - (wasLive ? 1 : 0)
        }
        if position < next {
            self.edits[position].new = new
            self.edits[position].isUnstamped = isUnstamped
        } else {
            if next > 0, path < self.edits[next - 1].path { self.isSorted = false }
            self.edits.append(Edit(path: path, old: present, new: new, isUnstamped: isUnstamped))
        }
    }

    /// How many entries that live here stand directly in `directory`.
    mutating func childrenCount(of directory: NamespacePath) -> Int {
        if let children { return children[directory] ?? 0 }
        var counts: [NamespacePath: Int] = [:]
        for edit in self.edits where edit.new != nil {
            if let parent = edit.path.parent { counts[parent, default: 0] += 1 }
        }
        self.children = counts
        return counts[directory] ?? 0
    }

    mutating func removeAll() {
        self.edits.removeAll(keepingCapacity: true)
        self.positions.removeAll(keepingCapacity: true)
        self.isSorted = true
        self.children = nil
    }

    /// The net effect, sorted by path.
    func differences() -> [Difference] {
        var out: [Difference] = []
        out.reserveCapacity(self.edits.count)
        if self.isSorted {
            for edit in self.edits { Self.append(edit, to: &out) }
        } else {
            // Moving a path and a number about is cheaper than moving two entries.
            var order = self.edits.enumerated().map { (path: $1.path, position: $0) }
            order.sort { $0.path < $1.path }
            for place in order { Self.append(self.edits[place.position], to: &out) }
        }
        return out
    }

    private static func append(_ edit: Edit, to out: inout [Difference]) {
        guard edit.old != edit.new else { return }
        out.append(Difference(path: edit.path, old: edit.old, new: edit.new))
    }

    /// Where the edit of `path` stands, or will stand when it is appended next.
    private mutating func position(of path: NamespacePath) -> Int {
        let next = self.edits.count
        func find(_ position: inout Int?) -> Int {
            if let position { return position }
            position = next
            return next
        }
        return find(&self.positions[path])
    }
}
