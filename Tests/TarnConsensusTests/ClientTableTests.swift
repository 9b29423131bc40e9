import TarnCore
import TarnTestKit
import Testing

@testable import TarnConsensus

@Suite
struct ClientTableTests {
    private static func header(
        _ op: UInt64,
        client: String,
        number: UInt64,
        microseconds: UInt64? = nil,
        kind: LogHeader.Kind = .changeSet
    ) -> LogHeader {
        LogHeader(
            op: Op(op),
            view: View(0),
            kind: kind,
            configurationEpoch: 0,
            timestampMicroseconds: microseconds ?? op,
            author: "test",
            request: TestLog.request(client, number),
            parent: .zero,
            root: .zero,
            body: .zero,
            bodyBytesCount: 0,
            closureCount: 0,
            closureBytesCount: 0
        )
    }

    @Test
    func `a request is found under its op, in whatever order its client numbered it`() {
        var table = ClientTable()
        for (index, number) in [UInt64(3), 1, 2].enumerated() {
            table.note(Self.header(UInt64(index) + 1, client: "a", number: number))
        }
        #expect(table.lookup(TestLog.request("a", 1)) == .committed(Op(2)))
        #expect(table.lookup(TestLog.request("a", 3)) == .committed(Op(1)))
        #expect(table.lookup(TestLog.request("a", 4)) == .unseen)
        #expect(table.lookup(TestLog.request("b", 1)) == .unseen)
    }

    @Test
    func `what nobody asked for leaves no trace`() {
        var table = ClientTable()
        table.note(Self.header(1, client: "a", number: 1, kind: .noop))
        table.note(Self.header(2, client: "a", number: 2, kind: .genesis))
        #expect(table == ClientTable())
    }

    @Test
    func `a header noted twice is noted once`() {
        var table = ClientTable()
        let headers = (1...5).map { Self.header($0, client: "a", number: $0) }
        for header in headers + headers { table.note(header) }
        var once = ClientTable()
        for header in headers { once.note(header) }
        #expect(table.encoded() == once.encoded())
    }

    @Test
    func `an old request of a busy client is forgotten, not unseen`() {
        var table = ClientTable()
        let count = UInt64(Limits.requestsPerClientMax)
        for op in 1...count + 10 { table.note(Self.header(op, client: "a", number: op)) }
        #expect(table.lookup(TestLog.request("a", 10)) == .forgotten)
        #expect(table.lookup(TestLog.request("a", 11)) == .committed(Op(11)))
        #expect(table.lookup(TestLog.request("a", count + 11)) == .unseen)
    }

    @Test
    func `a client is forgotten 24 hours after its last request`() {
        let day = ClientTable.retentionMicroseconds
        var table = ClientTable()
        table.note(Self.header(1, client: "a", number: 1, microseconds: 10))
        table.note(Self.header(2, client: "b", number: 1, microseconds: 20))
        table.note(Self.header(3, client: "c", number: 1, microseconds: day + 10))
        #expect(table.lookup(TestLog.request("a", 1)) == .committed(Op(1)))
        table.note(Self.header(4, client: "c", number: 2, microseconds: day + 11))
        #expect(table.lookup(TestLog.request("a", 1)) == .unseen)
        #expect(table.count == 2)
    }

    @Test(arguments: 0..<UInt64(20))
    func `the table agrees with a naive one, before and after it was written down`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var table = ClientTable(clientsMax: 8, requestsMax: 300)
        var naive: [(op: UInt64, client: String, number: UInt64, microseconds: UInt64)] = []
        var microseconds: UInt64 = 1
        for op in 1...UInt64(1_500) {
            microseconds += UInt64(random.below(1_000)) * ClientTable.retentionMicroseconds / 20_000 + 1
            let client = "client-\(random.below(random.chance(percent: 10) ? 40 : 6))"
            table.note(Self.header(op, client: client, number: op, microseconds: microseconds))
            naive.append((op, client, op, microseconds))
            if op % 50 == 0 {
                Self.compare(table, naive, now: microseconds, seed: seed)
                table = try Self.rewritten(table, seed: seed)
            }
        }
    }

    /// Checks `table` against the rules applied to the whole history; requests here are numbered by their ops.
    private static func compare(
        _ table: ClientTable,
        _ history: [(op: UInt64, client: String, number: UInt64, microseconds: UInt64)],
        now: UInt64,
        seed: UInt64
    ) {
        // A client once forgotten starts anew, so the rules are played through from the beginning.
        var kept: [String: [(number: UInt64, microseconds: UInt64)]] = [:]
        for record in history {
            kept[record.client, default: []].append((record.number, record.microseconds))
            kept[record.client] = kept[record.client]?.suffix(Limits.requestsPerClientMax)
            func oldest() -> String? { kept.min { ($0.value.last?.number ?? 0) < ($1.value.last?.number ?? 0) }?.key }
            while let client = oldest() {
                let last = kept[client]?.last?.microseconds ?? 0
                let isOld = record.microseconds - last > ClientTable.retentionMicroseconds
                let isFull = kept.count > 8 || kept.values.reduce(0) { $0 + $1.count } > 300
                guard isOld || isFull else { break }
                kept[client] = nil
            }
        }
        #expect(table.count == kept.count, "seed \(seed)")
        for record in history {
            let isKept = kept[record.client]?.contains { $0.number == record.number } ?? false
            let outcome = table.lookup(TestLog.request(record.client, record.number))
            let expected: ClientTable.Outcome =
                isKept
                ? .committed(Op(record.op)) : outcome == .forgotten && kept[record.client] != nil ? .forgotten : .unseen
            #expect(outcome == expected, "seed \(seed), op \(record.op)")
        }
    }

    private static func rewritten(_ table: ClientTable, seed: UInt64) throws -> ClientTable {
        let bytes = table.encoded()
        let copy = try ClientTable(decoding: bytes, clientsMax: 8, requestsMax: 300)
        #expect(copy == table, "seed \(seed)")
        #expect(copy.encoded() == bytes, "seed \(seed)")
        return copy
    }

    @Test
    func `bytes that are no table are refused`() {
        var table = ClientTable()
        for op in 1...UInt64(20) { table.note(Self.header(op, client: "c\(op % 3)", number: op)) }
        let bytes = table.encoded()
        for count in 0..<bytes.count {
            #expect(throws: CoreError.self) { try ClientTable(decoding: Array(bytes[..<count])) }
        }
        #expect(throws: CoreError.self) { try ClientTable(decoding: bytes + [0]) }
        var random = SplitMix64(seed: 1)
        for _ in 0..<2_000 {
            var damaged = bytes
            damaged[random.below(damaged.count)] ^= UInt8(1 << random.below(8))
            // Whatever is read without an error has exactly these bytes.
            if let read = try? ClientTable(decoding: damaged) { #expect(read.encoded() == damaged) }
        }
    }
}
