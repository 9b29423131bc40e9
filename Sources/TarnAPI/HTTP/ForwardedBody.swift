internal import AsyncHTTPClient
internal import Glibc
internal import Hummingbird
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import Synchronization

/// A request's body on its way to the primary, which notes that the primary was there to take it.
struct ForwardedBody: AsyncSequence, Sendable {
    /// How far a forwarded request came.
    final class Progress: Sendable {
        /// What connect(2) fails with and nothing later does.
        private static let connectErrors: Set<CInt> = [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, EADDRNOTAVAIL]

        private struct Reading {
            var isAsked = false
            var isUnderWay = false
            var isOver = false
            /// Who waits for the end of the read that is under way.
            var waiter: CheckedContinuation<Void, Never>?
        }

        private let reading = Mutex(Reading())

        /// Whether the last part was read, or nothing more will be.
        var isBodyRead: Bool { self.reading.withLock { $0.isOver } }

        /// False when nothing is to be read any more.
        func beginPart() -> Bool {
            self.reading.withLock { reading in
                reading.isAsked = true
                reading.isUnderWay = !reading.isOver
                return reading.isUnderWay
            }
        }

        func endPart(isLast: Bool) {
            let waiter = self.reading.withLock { reading in
                reading.isUnderWay = false
                reading.isOver = reading.isOver || isLast
                return reading.waiter.take()
            }
            waiter?.resume()
        }

        /// Lets nobody read any further, and returns when nobody does.
        func stopReading() async {
            await withCheckedContinuation { continuation in
                let isFree = self.reading.withLock { reading in
                    reading.isOver = true
                    if reading.isUnderWay { reading.waiter = continuation }
                    return !reading.isUnderWay
                }
                if isFree { continuation.resume() }
            }
        }

        /// Whether the primary may have received all of the request that failed with `error`. The body is asked for
        /// only on a connection that took the head; where there is no body, errors of connecting prove that nothing
        /// arrived.
        func mayHaveArrived(_ error: any Error, hasBody: Bool) -> Bool {
            if hasBody { return self.reading.withLock { $0.isAsked } }
            switch error {
            case is NIOConnectionError, is NIOSSLError, is NIOSSLExtraError: return false
            case let error as IOError: return !Self.connectErrors.contains(error.errnoCode)
            case let error as HTTPClientError:
                return ![.connectTimeout, .tlsHandshakeTimeout, .getConnectionFromPoolTimeout, .alreadyShutdown]
                    .contains(error)
            default: return true
            }
        }
    }

    struct AsyncIterator: AsyncIteratorProtocol {
        var base: RequestBody.AsyncIterator
        let progress: Progress

        mutating func next() async throws -> ByteBuffer? {
            guard self.progress.beginPart() else { return nil }
            do {
                let part = try await self.base.next()
                self.progress.endPart(isLast: part == nil)
                return part
            } catch {
                self.progress.endPart(isLast: true)
                throw error
            }
        }
    }

    let base: RequestBody
    let progress: Progress

    func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(base: self.base.makeAsyncIterator(), progress: self.progress)
    }
}
