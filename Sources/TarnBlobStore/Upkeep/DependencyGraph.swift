/// Which blobs are differences to which: eight bytes for each base of each, for the time of one collection.
///
/// Whoever removes a record must know that nothing which stays on disk needs it: a blob that is dead but still lies in
/// some segment may be asked for again, and then it has to decode.
struct DependencyGraph {
    private var edges: ContiguousArray<(dependent: UInt32, base: UInt32)> = []

    mutating func add(_ dependent: UInt64, bases: [UInt64]) {
        for base in bases {
            self.edges.append((UInt32(truncatingIfNeeded: dependent), UInt32(truncatingIfNeeded: base)))
        }
    }

    /// Adds to `set` all that its members are differences to, directly or not.
    func close(_ set: inout Bitmap) {
        // A base nearly always has the lower ordinal, so going down needs one pass and another to see that.
        var isChanged = true
        while isChanged {
            isChanged = false
            for edge in self.edges.reversed() where set.contains(UInt64(edge.dependent)) {
                if set.insert(UInt64(edge.base)) { isChanged = true }
            }
        }
    }

    /// Takes out of `candidates` what a blob outside of them, and not in `gone`, is a difference to.
    func retain(_ candidates: inout Bitmap, gone: Bitmap) {
        var isChanged = true
        while isChanged {
            isChanged = false
            for edge in self.edges where candidates.contains(UInt64(edge.base)) {
                let dependent = UInt64(edge.dependent)
                guard !candidates.contains(dependent), !gone.contains(dependent) else { continue }
                candidates.remove(UInt64(edge.base))
                isChanged = true
            }
        }
    }
}
