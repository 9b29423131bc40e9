import Foundation
import TarnCore
import TarnTestKit
import Testing

@testable import TarnMerkle

/// Tree nodes that a peer or a disk may give and no writer makes: none may crash, hang, take more memory than its
/// bound, or pass for another.
@Suite("Forged tree nodes")
struct ForgedNodeTests {
    private static let isLong = ProcessInfo.processInfo.environment["TARN_LONG"] == "1"

    /// Nodes by hash, of a tree with leaves and inner nodes.
    private static func nodes(of tree: Tree) -> [Digest: [UInt8]] {
        var nodes: [Digest: [UInt8]] = [:]
        tree.forEachNode(notIn: nil) { digest, bytes in
            nodes[digest] = bytes
            return true
        }
        return nodes
    }

    /// One to four changes such as an attacker makes: bytes, lengths that claim much, parts left out, doubled or taken
    /// from another node.
    private static func forge(_ honest: [UInt8], _ other: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
        var bytes = honest
        for _ in 0..<random.within(1...4) {
            let at = random.below(bytes.count + 1)
            let end = min(bytes.count, at + random.below(40))
            switch random.below(7) {
            case 0 where at < bytes.count: bytes[at] ^= 1 << UInt8(random.below(8))
            case 1 where at < bytes.count: bytes[at] = UInt8(random.below(256))
            case 2: bytes.removeSubrange(at..<end)
            case 3: bytes.insert(contentsOf: bytes[at..<end], at: at)
            case 4: bytes.insert(contentsOf: other.dropFirst(random.below(other.count)).prefix(end - at), at: at)
            case 5:
                let claims: [[UInt8]] = [
                    [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], [0xff, 0xff, 0xff, 0xff, 0x7f],
                    [0x80, 0x80, 0x01], [0xff, 0x1f], [0x80, 0x00], [0x00],
                ]
                bytes.replaceSubrange(at..<min(bytes.count, at + 1), with: random.pick(claims))
            default: bytes.removeLast(min(bytes.count, random.below(3)))
            }
            if bytes.isEmpty { bytes = [1] }
        }
        return bytes
    }

    /// The stored form of `image`, written by the description of the format alone.
    private static func encode(_ image: NodeImage) -> [UInt8] {
        var writer = CanonicalWriter()
        writer.write(byte: 1)
        writer.write(byte: UInt8(image.level))
        writer.write(count: image.records.count + image.children.count)
        var key: [UInt8] = []
        func write(key next: [UInt8]) {
            let shared = zip(key, next).prefix { $0 == $1 }.count
            writer.write(count: shared)
            writer.write(bytes: next[shared...])
            key = next
        }
        for record in image.records {
            write(key: record.key)
            writer.write(bytes: record.packed)
        }
        for child in image.children {
            write(key: child.lastKey)
            writer.write(child.digest)
            writer.write(child.entryCount)
            writer.write(child.contentBytesCount)
        }
        return writer.bytes
    }

    @Test("changed nodes are refused, or are another node in its only form; no tree is made of one", arguments: 0..<16)
    func fuzz(part: Int) throws {
        var generator = NamespaceGenerator(seed: UInt64(700 + part))
        let tree = generator.forest(count: 300).1
        let honest = Self.nodes(of: tree)
        let digests = honest.keys.sorted()
        for round in 0..<(Self.isLong ? 100_000 : 500) {
            let seed = UInt64(part) << 32 | UInt64(round)
            var random = SplitMix64(seed: seed)
            let digest = random.pick(digests)
            let node = try #require(honest[digest])
            let forged = Self.forge(node, honest[random.pick(digests)] ?? [1], &random)
            guard forged != node else { continue }
            if let image = try? NodeImage(decoding: forged) {
                #expect(Self.encode(image) == forged, "seed \(seed)")
            }
            var loads = 0
            #expect(throws: MerkleError.self, "seed \(seed)") {
                try Tree.load(root: tree.root, boundaryKey: testBoundaryKey) { asked in
                    loads += 1
                    // Nothing is asked for that the forged node does not name.
                    guard asked != digest else { return forged }
                    guard let bytes = honest[asked] else { throw MerkleError(.wrongHash, node: asked, "not here") }
                    return bytes
                }
            }
            #expect(loads <= honest.count, "seed \(seed)")
        }
    }

    @Test("packed entries with anything changed expand to little, or not at all", arguments: 0..<8)
    func fuzzPackedEntries(part: Int) throws {
        var generator = NamespaceGenerator(seed: UInt64(900 + part))
        for round in 0..<(Self.isLong ? 100_000 : 1_000) {
            let seed = UInt64(part) << 32 | UInt64(round)
            var random = SplitMix64(seed: seed)
            var packed: [UInt8] = []
            var writer = CanonicalWriter()
            generator.entry().encode(into: &writer)
            writer.bytes.withUnsafeBytes { PackedEntry.append(packing: $0, to: &packed) }
            let forged = Self.forge(packed, packed.reversed(), &random)
            guard let canonical = try? PackedEntry.expand(forged[...]) else { continue }
            // Each attribute is at most a known name and a number, or stands there in full.
            #expect(canonical.count <= forged.count + 64 * 40 + 64, "seed \(seed)")
            var reader = CanonicalReader(canonical)
            guard let entry = try? Entry(from: &reader), reader.isAtEnd else { continue }
            var again = CanonicalWriter()
            entry.encode(into: &again)
            #expect(again.bytes == canonical, "seed \(seed)")
        }
    }

    @Test("keys that stand for a thousand times their bytes are refused before they are all written out")
    func expandingKeys() throws {
        let memberCount = 30_000
        var writer = CanonicalWriter()
        writer.write(byte: 1)
        writer.write(byte: 0)
        writer.write(count: memberCount)
        // The longest key, and then ever the next one of the same length: three bytes of suffix count up.
        let stem = Limits.pathBytesMax - 3
        for number in 0..<memberCount {
            let counter = [1 + number / 40_000, number / 200 % 200, number % 200].map { UInt8($0) }
            if number == 0 {
                writer.write(count: 0)
                writer.write(bytes: [UInt8](repeating: 0x61, count: stem) + counter)
            } else {
                let shared = number % 200 != 0 ? 2 : number % 40_000 != 0 ? 1 : 0
                writer.write(count: stem + shared)
                writer.write(bytes: counter[shared...])
            }
            writer.write(bytes: [0])
        }
        #expect(writer.bytes.count < 300_000)
        let error = #expect(throws: CoreError.self) { try NodeImage(decoding: writer.bytes) }
        #expect(error?.code == .malformed && error?.message.contains("\(Limits.nodeExpandedBytesMax)") == true)
    }

    @Test("a source that always has another level below is asked once a level, and no more")
    func endlessNesting() {
        for isWide in [false, true] {
            var loads = 0
            #expect(throws: MerkleError.self) {
                try Tree.load(root: .zero, boundaryKey: testBoundaryKey) { _ in
                    let level = BoundaryRule.levelMax - loads
                    loads += 1
                    var writer = CanonicalWriter()
                    writer.write(byte: 1)
                    writer.write(byte: UInt8(max(0, level)))
                    writer.write(count: isWide ? 2 : 1)
                    for name in isWide ? ["a", "b"] : ["a"] {
                        writer.write(count: 0)
                        writer.write(bytes: Array(name.utf8))
                        writer.write(Digest.zero)
                        writer.write(UInt64(1))
                        writer.write(UInt64(0))
                    }
                    return writer.bytes
                }
            }
            #expect((1...BoundaryRule.levelMax + 1).contains(loads))
        }
    }

    @Test("a node that names itself is refused at the second time")
    func circle() {
        var writer = CanonicalWriter()
        writer.write(byte: 1)
        writer.write(byte: 3)
        writer.write(count: 1)
        writer.write(count: 0)
        writer.write(bytes: Array("/workspace".utf8))
        writer.write(Digest.zero)
        writer.write(UInt64.max)
        writer.write(UInt64.max)
        var loads = 0
        let error = #expect(throws: MerkleError.self) {
            try Tree.load(root: .zero, boundaryKey: testBoundaryKey) { _ in
                loads += 1
                return writer.bytes
            }
        }
        #expect(error?.code == .wrongLevel && loads == 2)
    }

    /// Found by hand or by the tests above; each was a way to say something that is not so.
    @Test(
        "forged nodes of the corpus are refused",
        arguments: [
            // A count over what is there, of members and of a key; a key that shares more than there was; no suffix.
            "0100ffffffff0f", "0100010080808001", "01000100ffffffffffffffffff012f61", "0100010501610100",
            "010001000100",
            // The same key twice; a descending key; one that says it shares less than it does.
            "0100020001610100010001" + "00", "01000200016101000001610100", "01000200016201000001610100",
            "0100020002616101000002616201000000",
            // An inner node without children, above the highest level, with a cut digest.
            "010100", "010d01000161", "01010100016100000000",
            // Another version, and bytes too many.
            "020000", "000000", "01000000",
            // A varint that is not in its shortest form, for the count and for a length.
            "01008000", "0100010081006101 00",
        ]
    )
    func corpus(hex: String) throws {
        let bytes = try #require(Hex.decode(hex.filter { $0 != " " }.utf8))
        #expect(throws: CoreError.self) { try NodeImage(decoding: bytes) }
        #expect(throws: MerkleError.self) { try Tree.load(root: .zero, boundaryKey: testBoundaryKey) { _ in bytes } }
    }

    /// As one-entry leaves: the packed entry alone decides.
    @Test(
        "forged entries of the corpus are refused",
        arguments: [
            // Nothing; a manifest without a file; more attributes than there are; 63 of them in two bytes.
            "", "02", "08", "fc14",
            // A code that nobody assigned; a word of no table; text whose length is forged.
            "0414", "04ff", "0401ffffff0f", "0400ffffffff0f",
            // A number that is written as text; a known word as text; the same attribute twice; out of order.
            "04010131", "040306" + "4e4f5445424f4f4b", "080f0f", "080f0d",
            // A file without content, with a size above the greatest, with a manifest that it must not have.
            "0100", "01" + String(repeating: "00", count: 32) + "ffffffffffffffffff01",
            "03" + String(repeating: "00", count: 32) + "05" + String(repeating: "11", count: 32),
        ]
    )
    func entryCorpus(hex: String) throws {
        let packed = try #require(Hex.decode(hex.utf8))
        var writer = CanonicalWriter()
        writer.write(byte: 1)
        writer.write(byte: 0)
        writer.write(count: 1)
        writer.write(count: 0)
        writer.write(bytes: Array("/workspace".utf8))
        writer.write(bytes: packed)
        let error = #expect(throws: MerkleError.self) {
            try Tree.load(root: .zero, boundaryKey: testBoundaryKey) { _ in writer.bytes }
        }
        #expect(error?.code == .malformed)
    }
}
