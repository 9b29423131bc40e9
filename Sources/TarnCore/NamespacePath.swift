/// An absolute path of the namespace: UTF-8, at most 4,096 bytes, no empty, `.` or `..` component, no NUL; ordered by
/// bytes.
///
/// ``root`` (`/`) can be listed but holds no entry. Every other path begins with one of ``roots``.
package struct NamespacePath: Hashable, Comparable, Sendable {
    package static let root = NamespacePath(unchecked: [0x2f])
    /// The four trees of the namespace, sorted. They exist from the genesis on and cannot be deleted or moved.
    package static let roots = [meta, tables, volumes, workspace]
    /// The documents that describe what the other trees hold.
    package static let meta = NamespacePath(unchecked: Array("/meta".utf8))
    package static let tables = NamespacePath(unchecked: Array("/tables".utf8))
    package static let volumes = NamespacePath(unchecked: Array("/volumes".utf8))
    /// The tree in which files may be notebooks.
    package static let workspace = NamespacePath(unchecked: Array("/workspace".utf8))

    /// The path's bytes, with the leading slash and without a trailing one.
    package let utf8: [UInt8]

    /// Throws ``CoreError`` with code `invalidPath`, naming the path and what is wrong with it.
    package init(_ text: String) throws(CoreError) {
        try self.init(utf8: Array(text.utf8))
    }

    /// Throws ``CoreError`` with code `invalidPath`, naming the path and what is wrong with it.
    package init(utf8 bytes: [UInt8]) throws(CoreError) {
        if let complaint = Self.complaint(about: bytes) {
            let shown = String(decoding: bytes.prefix(200), as: UTF8.self).replacing("\0", with: "\\0")
            throw CoreError(.invalidPath, "path '\(shown)\(bytes.count > 200 ? "…" : "")' \(complaint)")
        }
        self.utf8 = bytes
    }

    /// For bytes that were a `NamespacePath` before.
    package init(unchecked bytes: [UInt8]) {
        self.utf8 = bytes
    }

    package var string: String { String(decoding: self.utf8, as: UTF8.self) }

    /// Last component; empty for ``root``.
    package var name: String {
        String(decoding: self.utf8[(self.lastSlash + 1)...], as: UTF8.self)
    }

    /// The directory that holds this path, or nil for ``root``.
    package var parent: NamespacePath? {
        guard self.utf8.count > 1 else { return nil }
        let slash = self.lastSlash
        return slash == 0 ? .root : NamespacePath(unchecked: Array(self.utf8[..<slash]))
    }

    /// 0 for ``root``, 1 for `/workspace`, …
    package var depth: Int {
        self.utf8.count == 1 ? 0 : self.utf8.reduce(0) { $0 + ($1 == 0x2f ? 1 : 0) }
    }

    /// The bytes that every path below this one begins with: the path and a slash.
    package var descendantPrefix: [UInt8] {
        self.utf8.count == 1 ? self.utf8 : self.utf8 + [0x2f]
    }

    /// The first bytes after every path below this one: `0` follows `/` in byte order.
    package var descendantEnd: [UInt8] {
        self.utf8.count == 1 ? [0x30] : self.utf8 + [0x30]
    }

    /// Whether `other` stands strictly below this path.
    package func isAncestor(of other: NamespacePath) -> Bool {
        if self.utf8.count == 1 { return other.utf8.count > 1 }
        guard other.utf8.count > self.utf8.count, other.utf8[self.utf8.count] == 0x2f else { return false }
        return self.utf8.withUnsafeBytes { left in
            other.utf8.withUnsafeBytes { Bytes.sharedPrefixCount(left, $0) == left.count }
        }
    }

    /// This path with `component` below it.
    package func appending(_ component: String) throws(CoreError) -> NamespacePath {
        guard !component.utf8.contains(0x2f) else {
            throw CoreError(.invalidPath, "component '\(component)' holds a slash")
        }
        return try NamespacePath(utf8: self.descendantPrefix + Array(component.utf8))
    }

    /// This path with the part `old` replaced by `new`; `old` must be this path or an ancestor of it.
    package func replacing(prefix old: NamespacePath, with new: NamespacePath) throws(CoreError) -> NamespacePath {
        precondition(self == old || old.isAncestor(of: self), "\(self) is not below \(old)")
        return try NamespacePath(utf8: new.utf8 + self.utf8[old.utf8.count...])
    }

    package static func == (left: NamespacePath, right: NamespacePath) -> Bool {
        left.utf8.withUnsafeBytes { left in
            right.utf8.withUnsafeBytes { left.count == $0.count && Bytes.sharedPrefixCount(left, $0) == left.count }
        }
    }

    package func hash(into hasher: inout Hasher) {
        self.utf8.withUnsafeBytes { hasher.combine(bytes: $0) }
    }

    package static func < (left: NamespacePath, right: NamespacePath) -> Bool {
        Bytes.isLess(left.utf8, right.utf8)
    }

    private var lastSlash: Int {
        self.utf8.lastIndex(of: 0x2f) ?? 0
    }

    /// Why `bytes` are not a path, or nil when they are.
    private static func complaint(about bytes: [UInt8]) -> String? {
        if bytes.count > Limits.pathBytesMax {
            return "has \(bytes.count) bytes; at most \(Limits.pathBytesMax) are allowed"
        }
        guard bytes.first == 0x2f else { return "must be absolute: begin it with '/'" }
        if bytes.count == 1 { return nil }
        if bytes.contains(0) { return "holds a NUL byte" }
        let isText = bytes.withUnsafeBytes { Bytes.isASCII($0) } || String(validating: bytes, as: UTF8.self) != nil
        if !isText { return "is not valid UTF-8" }
        if let complaint = Self.complaint(aboutComponentsOf: bytes) { return complaint }
        let first = bytes.dropFirst().prefix { $0 != 0x2f }
        guard Self.roots.contains(where: { $0.utf8.dropFirst().elementsEqual(first) }) else {
            return "must stand under /workspace, /tables, /volumes or /meta"
        }
        return nil
    }

    private static func complaint(aboutComponentsOf bytes: [UInt8]) -> String? {
        var start = 1
        for index in 1...bytes.count where index == bytes.count || bytes[index] == 0x2f {
            switch index - start {
            case 0: return "holds an empty component"
            case 1 where bytes[start] == 0x2e: return "holds a '.' component"
            case 2 where bytes[start] == 0x2e && bytes[start + 1] == 0x2e: return "holds a '..' component"
            default: start = index + 1
            }
        }
        return nil
    }
}

extension NamespacePath: CustomStringConvertible {
    package var description: String { self.string }
}
