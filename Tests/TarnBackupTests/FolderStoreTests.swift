import Foundation
import TarnClient
import TarnCore
import Testing

@testable import TarnBackup

@Suite("Objects in a folder")
struct FolderStoreTests {
    private let folder = NSTemporaryDirectory() + "tarn-folder-\(UUID().uuidString)"

    @Test("of an object that is not written to its end nothing is left")
    func interrupted() async throws {
        defer { try? FileManager.default.removeItem(atPath: self.folder) }
        let store = FolderStore(directory: self.folder)
        let piece: @Sendable (Range<UInt64>) async throws -> [UInt8] = { range in
            guard range.lowerBound == 0 else { throw ClientError(.rejected, "it is gone", status: 404) }
            return [UInt8](repeating: 1, count: range.count)
        }
        await #expect(throws: ClientError.self) {
            try await store.write("segments/a.seg", bytesCount: 10 << 20, piece: piece)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: self.folder + "/segments").isEmpty)
        try await store.write("segments/a.seg", bytesCount: 1_000, piece: piece)
        #expect(try FileManager.default.contentsOfDirectory(atPath: self.folder + "/segments") == ["a.seg"])
        #expect(try await store.read("segments/a.seg", bytesMax: 1_000)?.count == 1_000)
    }
}
