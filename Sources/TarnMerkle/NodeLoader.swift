internal import TarnCore

/// Rebuilds a tree from stored nodes and believes none of them: hashes, levels, order, boundaries and counts are all
/// recomputed.
struct NodeLoader<H: SHA256Function> {
    let rule: BoundaryRule
    /// A tree whose nodes are used instead of stored ones with the same hash.
    let base: MerkleTree<H>?
    let source: (Digest) throws -> [UInt8]

    /// What a node must fit into.
    private struct Place {
        /// The level that the parent asks for; nil at the top.
        let level: Int?
        /// Every key of the node is greater.
        let lower: [UInt8]
        /// Whether other nodes of the level follow, so that this one must end at a boundary.
        let isFollowed: Bool
    }

    /// The node stored under `root` and everything below it.
    func load(root: Digest) throws -> TreeNode {
        let top = try self.load(root, at: Place(level: nil, lower: [], isFollowed: false))
        guard top.level == 0 || top.count > 1 else {
            throw MerkleError(.wrongLevel, node: root, "the top node has a single child, which should be the top")
        }
        return top
    }

    private func load(_ digest: Digest, at place: Place) throws -> TreeNode {
        let image: NodeImage
        do {
            image = try NodeImage(decoding: try self.source(digest))
        } catch let error as CoreError {
            throw MerkleError(.malformed, node: digest, error.message)
        }
        if let level = place.level, image.level != level {
            throw MerkleError(.wrongLevel, node: digest, "level \(image.level) where level \(level) belongs")
        }
        let node =
            image.level == 0
            ? try self.leaf(image, digest, at: place) : try self.innerNode(image, digest, at: place)
        guard node.digest == digest else {
            throw MerkleError(.wrongHash, node: digest, "the stored bytes hash to \(node.digest.hex)")
        }
        guard node.isClosed || !place.isFollowed else {
            throw MerkleError(.wrongBoundary, node: digest, "a node of level \(node.level) ends where none should")
        }
        return node
    }

    private func leaf(_ image: NodeImage, _ digest: Digest, at place: Place) throws -> TreeNode {
        guard !image.records.isEmpty || place.level == nil else {
            throw MerkleError(.wrongCount, node: digest, "empty leaf below the top")
        }
        if let first = image.records.first { try self.check(first.key, isAbove: place.lower, digest) }
        var builder = LeafBuilder()
        var writer = CanonicalWriter(reservingCapacity: 512)
        var closedLevels = 0
        for (index, record) in image.records.enumerated() {
            guard closedLevels == 0 else {
                throw MerkleError(.wrongBoundary, node: digest, "entry \(index - 1) should end the leaf and does not")
            }
            closedLevels = self.rule.closedLevels(after: record.key)
            do {
                try Self.append(record, to: &builder, using: &writer)
            } catch {
                throw MerkleError(.malformed, node: digest, "entry \(index): \(error.message)")
            }
        }
        return builder.finish(closedLevels: closedLevels, H.self)
    }

    private static func append(
        _ record: NodeImage.Record,
        to builder: inout LeafBuilder,
        using writer: inout CanonicalWriter
    ) throws(CoreError) {
        let path = try NamespacePath(utf8: record.key)
        let canonical = try PackedEntry.expand(record.packed)
        var reader = CanonicalReader(canonical)
        // Whether the bytes are an entry is for its own decoder to say; the value is of no use here.
        _ = try Entry(from: &reader)
        try reader.expectEnd()
        var packed: [UInt8] = []
        packed.reserveCapacity(record.packed.count)
        canonical.withUnsafeBytes { PackedEntry.append(packing: $0, to: &packed) }
        guard packed[...] == record.packed else {
            throw CoreError(.malformed, "entry is not in its shortest form")
        }
        let hash = NodeHash.entry(path: path.utf8, canonical: canonical, using: &writer, H.self)
        path.utf8.withUnsafeBytes { key in
            packed.withUnsafeBytes { builder.append(key: key, packed: $0, hash: hash) }
        }
    }

    private func innerNode(_ image: NodeImage, _ digest: Digest, at place: Place) throws -> TreeNode {
        try self.check(image.children[0].lastKey, isAbove: place.lower, digest)
        var lower = place.lower
        var children: [TreeNode] = []
        children.reserveCapacity(image.children.count)
        for (index, reference) in image.children.enumerated() {
            let isLast = index == image.children.count - 1
            if !isLast, self.rule.closedLevels(after: reference.lastKey) > image.level {
                throw MerkleError(.wrongBoundary, node: digest, "child \(index) should end the node and does not")
            }
            let childPlace = Place(level: image.level - 1, lower: lower, isFollowed: !isLast || place.isFollowed)
            let child =
                try self.base?.node(level: image.level - 1, over: reference.lastKey, digest: reference.digest)
                ?? self.load(reference.digest, at: childPlace)
            guard child.lastKey == reference.lastKey else {
                throw MerkleError(.wrongOrder, node: digest, "child \(index) ends at another key than its parent says")
            }
            guard UInt64(child.entryCount) == reference.entryCount,
                child.contentBytesCount == reference.contentBytesCount
            else {
                throw MerkleError(
                    .wrongCount,
                    node: digest,
                    "child \(index) holds another count or size than its parent says"
                )
            }
            children.append(child)
            lower = reference.lastKey
        }
        return TreeNode(level: image.level, children: children, H.self)
    }

    private func check(_ key: [UInt8], isAbove lower: [UInt8], _ digest: Digest) throws {
        guard lower.isEmpty || Bytes.isLess(lower, key) else {
            throw MerkleError(.wrongOrder, node: digest, "the node begins before the one in front of it ends")
        }
    }
}
