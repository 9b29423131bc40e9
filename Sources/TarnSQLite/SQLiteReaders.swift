internal import Dispatch
internal import Synchronization

/// The reading side of a database file: connections on threads of their own, which take jobs from one bounded queue.
package final class SQLiteReaders: Sendable {
    private typealias Job = @Sendable (Result<SQLiteConnection, SQLiteError>) -> Void

    /// One connection and its thread. Only the job that the pool handed the reader to touches the connection, on that
    /// thread.
    private final class Reader: @unchecked Sendable {
        let queue: DispatchQueue
        private let connection: SQLiteConnection

        init(queue: DispatchQueue, connection: SQLiteConnection) {
            self.queue = queue
            self.connection = connection
        }

        func run(_ job: Job) { job(.success(self.connection)) }
    }

    private struct State {
        var idle: [Reader]
        var running = 0
        var waiting: [Job] = []
        /// Jobs of `waiting` before this index were taken.
        var waitingStart = 0
        var isClosed = false

        enum Admission {
            case start(Reader)
            case waits
            case refuse(SQLiteError)
        }

        mutating func admit(_ job: @escaping Job, waitingMax: Int) -> Admission {
            if self.isClosed { return .refuse(SQLiteError(.closed, "the database is closed")) }
            if let reader = self.idle.popLast() {
                self.running += 1
                return .start(reader)
            }
            guard self.waiting.count - self.waitingStart < waitingMax else {
                return .refuse(SQLiteError(.busy, "\(waitingMax) queries wait already"))
            }
            self.waiting.append(job)
            return .waits
        }

        /// The next job for `reader`, which finished one; nil makes it idle.
        mutating func next(for reader: Reader) -> Job? {
            guard self.waitingStart < self.waiting.count else {
                self.waiting.removeAll(keepingCapacity: true)
                self.waitingStart = 0
                self.running -= 1
                if !self.isClosed { self.idle.append(reader) }
                return nil
            }
            defer { self.waitingStart += 1 }
            if self.waitingStart >= 1_024 {
                self.waiting.removeFirst(self.waitingStart)
                self.waitingStart = 0
            }
            return self.waiting[self.waitingStart]
        }
    }

    private let state: Mutex<State>
    private let waitingMax: Int

    private init(readers: [Reader], waitingMax: Int) {
        self.state = Mutex(State(idle: readers))
        self.waitingMax = waitingMax
    }

    /// Opens `count` connections to the file at `path` and calls `prepare` on each. Throws ``SQLiteError``.
    package static func open(
        path: String,
        configuration: SQLiteConfiguration,
        count: Int,
        waitingMax: Int,
        prepare: @escaping @Sendable (SQLiteConnection) throws -> Void
    ) async throws -> SQLiteReaders {
        let readers = try await SQLiteThread.run(label: "tarn.sqlite.open") {
            try (0..<count).map { index in
                let connection = try SQLiteConnection(readingFileAt: path, configuration: configuration)
                try prepare(connection)
                return Reader(queue: DispatchQueue(label: "tarn.sqlite.reader.\(index)"), connection: connection)
            }
        }
        return SQLiteReaders(readers: readers, waitingMax: waitingMax)
    }

    /// Calls `body` on the next free reader. Throws ``SQLiteError`` with code `busy` when too many wait, and what
    /// `body` throws.
    package func run<T: Sendable>(_ body: @escaping @Sendable (SQLiteConnection) throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            self.submit { connection in
                continuation.resume(with: Result { try body(connection.get()) })
            }
        }
    }

    /// Ends the readers once their present jobs are done; jobs that wait are refused.
    package func close() {
        let refused = self.state.withLock { state in
            state.isClosed = true
            state.idle.removeAll()
            defer { (state.waiting, state.waitingStart) = ([], 0) }
            return Array(state.waiting[state.waitingStart...])
        }
        for job in refused { job(.failure(SQLiteError(.closed, "the database is closed"))) }
    }

    private func submit(_ job: @escaping Job) {
        switch self.state.withLock({ $0.admit(job, waitingMax: self.waitingMax) }) {
        case .start(let reader): reader.queue.async { self.drain(reader, from: job) }
        case .waits: break
        case .refuse(let error): job(.failure(error))
        }
    }

    /// Runs `job` and then whatever waits, on the reader's thread.
    private func drain(_ reader: Reader, from job: @escaping Job) {
        var current: Job? = job
        while let job = current {
            reader.run(job)
            current = self.state.withLock { $0.next(for: reader) }
        }
    }
}
