import Synchronization
import TarnConsensus
import TarnCore
import Testing

@testable import TarnNode

@Suite("Floors in the log")
struct FloorLogTests {
    /// A log of headers that counts how many were read.
    private final class Log: Sendable {
        let entries: [LogEntry]
        let readCount = Mutex(0)

        init(count: Int, floorAt: UInt64, _ floor: GarbageFloor) throws {
            self.entries = try (0..<UInt64(count)).map { op in
                try op == floorAt
                    ? LogEntry.fixture(op: op, kind: .gcFloor, body: floor.encoded())
                    : LogEntry.fixture(op: op, kind: .noop, body: [])
            }
        }

        var source: FloorLog.Source {
            FloorLog.Source(
                head: { Op(UInt64(self.entries.count - 1)) },
                headers: { after, limit in
                    await Task.yield()
                    let found = self.entries.dropFirst(Int(after.number) + 1).prefix(limit).map(\.header)
                    self.readCount.withLock { $0 += found.count }
                    return found
                },
                entry: { self.entries[Int($0.number)] }
            )
        }
    }

    @Test func `hundreds who ask at once read the log once`() async throws {
        let floor = try GarbageFloor(floor: Op(5_000), kept: [Op(7)])
        let log = try Log(count: 3 * FloorLog.headersPerPage, floorAt: 6_000, floor)
        let floors = FloorLog(log.source)
        try await withThrowingTaskGroup(of: GarbageFloor.self) { group in
            for _ in 0..<200 { group.addTask { try await floors.current() } }
            for try await found in group { #expect(found == GarbageFloor.none.followed(by: floor)) }
        }
        #expect(log.readCount.withLock { $0 } == log.entries.count - 1)
    }
}
