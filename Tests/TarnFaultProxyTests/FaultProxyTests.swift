import Testing

@testable import TarnFaultProxy

/// One link, real sockets.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct FaultProxyTests {
    @Test func `a delay holds in each direction, and only there`() async throws {
        let pair = try await EchoPair()
        #expect(try await pair.roundTrip(10) ?? .infinity < 50)
        #expect(pair.board.obey("delay * * 40") == nil)
        let both = try #require(try await pair.roundTrip(10))
        #expect(both >= 80 && both < 200, "\(both) ms")
        #expect(pair.board.obey("heal a b") == nil)
        let one = try #require(try await pair.roundTrip(10))
        #expect(one >= 40 && one < 160, "\(one) ms")
        await pair.stop()
    }

    @Test func `a bandwidth bounds what passes`() async throws {
        let pair = try await EchoPair()
        #expect(pair.board.obey("bandwidth a b 5000000") == nil)
        let elapsed = try #require(try await pair.roundTrip(1_000_000))
        #expect(elapsed >= 195 && elapsed < 600, "\(elapsed) ms for 1 MB at 5 MB/s")
        await pair.stop()
    }

    @Test func `what meets a cut waits until it is healed, in order`() async throws {
        let pair = try await EchoPair()
        #expect(pair.board.obey("cut b a") == nil)
        let start = ContinuousClock.now
        pair.send(100)
        async let arrived = pair.arrival(of: 100)
        try await Task.sleep(for: .milliseconds(100))
        #expect(pair.board.obey("heal") == nil)
        #expect(await arrived == 100)
        #expect(ContinuousClock.now - start >= .milliseconds(100))
        await pair.stop()
    }

    @Test(arguments: ["reset a b", "loss b a 10000"])
    func `a lost piece ends the connection`(order: String) async throws {
        let pair = try await EchoPair()
        #expect(try await pair.roundTrip(10) != nil)
        #expect(pair.board.obey(order) == nil)
        #expect(try await pair.roundTrip(10) == nil)
        await pair.stop()
    }

    @Test(arguments: [
        "", "delay", "delay a b", "delay a b x", "delay a b 60001", "delay a c 5", "cut a", "cut a b 3",
        "loss a b 10001",
        "sever a b", "isolate c", "heal a", "reset b c",
    ])
    func `a malformed order changes nothing and is explained`(order: String) {
        let board = FaultBoard(pairs: [("a", "b")])
        #expect(board.obey(order) != nil)
        #expect(board.line(from: "a", to: "b")?.faults == LineFaults())
        #expect(board.line(from: "b", to: "a")?.faults == LineFaults())
    }

    @Test func `a place is isolated in both directions of all its links`() {
        let board = FaultBoard(pairs: [("a", "b"), ("b", "c"), ("c", "a")])
        #expect(board.obey("isolate a") == nil)
        for (from, to, isCut) in [("a", "b", true), ("b", "a", true), ("c", "a", true), ("b", "c", false)] {
            #expect(board.line(from: from, to: to)?.faults.isCut == isCut)
        }
    }
}
