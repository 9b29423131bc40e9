import Synchronization
import TarnCore
import TarnCrypto
import Testing

@testable import TarnNode

@Suite("Claims on blobs that are being fetched")
struct FetchClaimsTests {
    private static let addresses = (0..<4).map { SHA256.digest([UInt8($0)]) }

    @Test("a blob is claimed by one call at a time")
    func once() {
        let claims = FetchClaims()
        let (a, b, c) = (Self.addresses[0], Self.addresses[1], Self.addresses[2])
        #expect(claims.claim([a, b, a]) == [a, b])
        #expect(claims.claim([b, c]) == [c])
        claims.release([b])
        #expect(claims.claim([a, b, c]) == [b])
    }

    @Test("a release wakes who waits for that blob, once, and nobody else")
    func release() async {
        let claims = FetchClaims()
        let (a, b, c) = (Self.addresses[0], Self.addresses[1], Self.addresses[2])
        _ = claims.claim([a, b, c])
        let (woken, continuation) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingOldest(8))
        await withDiscardingTaskGroup { group in
            for (name, awaited) in [("a", [a]), ("b", [b]), ("a or c", [a, c])] {
                group.addTask {
                    await claims.waitForRelease(of: awaited)
                    continuation.yield(name)
                }
            }
            while claims.waitersCount < 3 { await Task.yield() }
            var names = woken.makeAsyncIterator()
            claims.release([a])
            #expect(Set([await names.next(), await names.next()]) == ["a", "a or c"])
            #expect(claims.waitersCount == 1)
            claims.release([c])
            #expect(claims.waitersCount == 1)
            claims.release([b])
            #expect(await names.next() == "b")
        }
        #expect(claims.waitersCount == 0)
    }

    @Test("whoever is cancelled waits no longer, and the others go on waiting")
    func cancelled() async {
        let claims = FetchClaims()
        _ = claims.claim(Self.addresses)
        await withDiscardingTaskGroup { group in
            group.addTask { await claims.waitForRelease(of: [Self.addresses[0]]) }
            await withDiscardingTaskGroup { cancelled in
                for _ in 0..<20 { cancelled.addTask { await claims.waitForRelease(of: Self.addresses) } }
                while claims.waitersCount < 21 { await Task.yield() }
                cancelled.cancelAll()
                // Cancelled before it begins.
                cancelled.addTask { await claims.waitForRelease(of: Self.addresses) }
            }
            #expect(claims.waitersCount == 1)
            claims.release(Self.addresses)
        }
        #expect(claims.waitersCount == 0)
    }

    @Test("a wait with a limit says whether something was released")
    func limited() async {
        let claims = FetchClaims()
        _ = claims.claim([Self.addresses[0]])
        #expect(await claims.waitForRelease(of: [Self.addresses[0]], atMost: .milliseconds(20)) == false)
        #expect(claims.waitersCount == 0)
        async let isReleased = claims.waitForRelease(of: [Self.addresses[0]], atMost: .seconds(600))
        while claims.waitersCount == 0 { await Task.yield() }
        claims.release([Self.addresses[0]])
        #expect(await isReleased)
    }

    @Test("nobody waits for what is not claimed")
    func unclaimed() async {
        let claims = FetchClaims()
        _ = claims.claim([Self.addresses[0]])
        await claims.waitForRelease(of: [Self.addresses[0], Self.addresses[1]])
        await claims.waitForRelease(of: [])
        #expect(claims.waitersCount == 0)
    }
}
