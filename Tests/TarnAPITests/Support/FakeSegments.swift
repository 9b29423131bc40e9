import TarnCore
import TarnNode

/// Two segments in memory.
struct FakeSegments: SegmentService {
    static let contents: [UInt32: [UInt8]] = [3: Array("small segment".utf8), 4: Array("bulk".utf8)]

    func sealSegments() async throws -> SealedState {
        SealedState(
            op: Op(7),
            root: .zero,
            genesis: [1, 2, 3],
            reconfigurations: [],
            segments: [
                .init(number: 3, stream: "small", bytesCount: 13, fingerprint: .zero),
                .init(number: 4, stream: "bulk", bytesCount: 4, fingerprint: .zero),
            ]
        )
    }

    func segment(_ number: UInt32, fingerprint: Digest?, at offset: Int, count: Int) async throws -> [UInt8] {
        guard let bytes = Self.contents[number] else { throw NodeError(.notFound, "segment \(number) is not here") }
        return Array(bytes.dropFirst(offset).prefix(count))
    }
}
