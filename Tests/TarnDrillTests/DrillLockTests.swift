import Foundation
import TarnDrill
import Testing

struct DrillLockTests {
    @Test func `a second drill has no lock until the first has let it go`() throws {
        let folder = NSTemporaryDirectory() + "tarn-lock-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var first: DrillLock? = try DrillLock(folder: folder)
        let refusal = #expect(throws: DrillError.self) { try DrillLock(folder: folder) }
        #expect(refusal?.message.contains("another drill") == true)
        withExtendedLifetime(first) {}
        first = nil
        _ = try DrillLock(folder: folder)
    }
}
