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

        private let isBodyAsked = Atomic<Bool>(false)

        func noteBody() {
            self.isBodyAsked.store(true, ordering: .releasing)
        }

        /// Whether the primary may have received all of the request that failed with `error`. The body is asked for
        /// only on a connection that took the head; where there is no body, errors of connecting prove that nothing
        /// arrived.
        func mayHaveArrived(_ error: any Error, hasBody: Bool) -> Bool {
            if hasBody { return self.isBodyAsked.load(ordering: .acquiring) }
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
            self.progress.noteBody()
            return try await self.base.next()
        }
    }

    let base: RequestBody
    let progress: Progress

    func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(base: self.base.makeAsyncIterator(), progress: self.progress)
    }
}
