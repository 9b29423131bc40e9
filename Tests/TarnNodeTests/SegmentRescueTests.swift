import Foundation
import TarnBlobStore
import TarnConsensus
import TarnCore
import TarnCrypto
import Testing

@testable import TarnNode

/// Nodes of which a segment cannot be copied as it is, because the disk does not give all of it.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct SegmentRescueTests {
    @Test func `what others hold is fetched and the segment emptied before it is backed up`() async throws {
        try await LocalNodes.run { cluster in
            for number in 0..<6 { try await cluster.write("/workspace/\(number)", Self.text(number)) }
            let newest = cluster.nodes[0].head.op
            let node = cluster.nodes[2]
            try await cluster.eventually("it is whole") { await node.ownHead().prefixComplete >= newest }
            let entry = try #require(try await node.store.entry(at: Op(4)))
            let before = try await node.sealSegments()
            let number = try Self.damage([Array(Self.text(2).utf8), entry.header.encoded()], in: node)
            try await node.rescue(segment: number)
            let after = try await node.sealSegments()
            #expect(before.segments.contains { $0.number == number })
            #expect(!after.segments.contains { $0.number == number })
            #expect(after.trouble == nil)
            let read = try await node.blob(SHA256.digest(Array(Self.text(2).utf8)))
            #expect(read == Array(Self.text(2).utf8))
            #expect(try await node.store.entry(at: Op(4)) == entry)
        }
    }

    @Test func `what nobody else holds is named, and no lost entry is hidden`() async throws {
        try await LocalNodes.run(count: 1) { cluster in
            for number in 0..<6 { try await cluster.write("/workspace/\(number)", Self.text(number)) }
            let node = cluster.nodes[0]
            let entry = try #require(try await node.store.entry(at: Op(4)))
            #expect(try await node.sealSegments().trouble == nil)
            let number = try Self.damage([Array(Self.text(2).utf8)], in: node)
            try await node.rescue(segment: number)
            let sealed = try await node.sealSegments()
            #expect(sealed.segments.contains { $0.number == number })
            #expect(sealed.trouble?.contains("/workspace/2") == true)
            _ = try Self.damage([entry.header.encoded()], in: node)
            let error = await #expect(throws: NodeError.self) { try await node.rescue(segment: number) }
            #expect(error?.code == .internalError && error?.message.contains("op 4") == true, "\(error?.message ?? "")")
        }
    }

    /// Text that is stored as it is, because it does not shrink.
    private static func text(_ number: Int) -> String { Base64.encode(SHA256.digest(Array("\(number)".utf8)).bytes) }

    /// Destroys the first occurrence of each of `contents` in the segment that holds all of them, and returns its number.
    private static func damage(_ contents: [[UInt8]], in node: Node) throws -> UInt32 {
        let folder = URL(fileURLWithPath: node.configuration.dataDirectory).appendingPathComponent("segments/small")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        for file in files where file.pathExtension == "seg" {
            let bytes = try Data(contentsOf: file)
            let places = contents.compactMap { bytes.range(of: Data($0)) }
            guard places.count == contents.count else { continue }
            let handle = try FileHandle(forWritingTo: file)
            for place in places {
                try handle.seek(toOffset: UInt64(place.lowerBound))
                try handle.write(contentsOf: Data(bytes[place.lowerBound..<place.lowerBound + 4].map { ~$0 }))
            }
            try handle.close()
            return try #require(UInt32(file.deletingPathExtension().lastPathComponent))
        }
        throw LocalNodes.Failure(description: "no segment holds that")
    }
}
