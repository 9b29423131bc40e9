internal import HTTPTypes
internal import Logging
internal import ServiceLifecycle
internal import Synchronization
internal import TarnCore
internal import TarnNode

/// Takes down what belongs into the audit log and is no change by itself, and brings it there through the primary.
///
/// Nothing waits for it: records are kept here until the primary has taken them, the oldest being dropped when there
/// are too many, and failed logins are summed up once a minute.
final class AuditRecorder: Service {
    /// How often what was noted is brought to the primary: together, and again while nobody leads, of which no node
    /// tells the end.
    private static let flushInterval = Duration.seconds(2)
    /// How often failed logins are summed up.
    private static let failuresIntervalMicroseconds: UInt64 = 60_000_000
    /// Records that wait for a primary.
    private static let recordsMax = 256

    private struct State {
        var records: [AuditRecord] = []
        var failures = LoginFailures()
        var failuresToldAt: UInt64 = 0

        /// Whether it is time to tell what failed. A clock that went back must keep nothing back.
        func isDue(at now: UInt64) -> Bool {
            guard self.failures.count > 0 else { return false }
            return now < self.failuresToldAt || now - self.failuresToldAt >= AuditRecorder.failuresIntervalMicroseconds
        }
    }

    private let node: any NodeService
    private let forwarder: RequestForwarder
    private let numbers: RequestNumbers
    private let logger: Logger
    private let state = Mutex(State())

    init(node: any NodeService, forwarder: RequestForwarder, numbers: RequestNumbers, logger: Logger) {
        self.node = node
        self.forwarder = forwarder
        self.numbers = numbers
        self.logger = logger
    }

    /// Notes what an operator does, who need not wait until it is written.
    func note(_ action: String, by request: APIRequest, detail: [String: String] = [:]) {
        let record = AuditRecord(
            action: action,
            author: request.author,
            source: RequestOrigin.current?.source ?? "",
            time: WallClock.microseconds(),
            detail: detail.merging(["dc": self.node.datacenter.name]) { first, _ in first }
        )
        self.state.withLock { $0.records.append(record) }
        self.bound()
    }

    func noteLoginFailure(source: String, tokenID: String?) {
        self.state.withLock { $0.failures.note(source: source, tokenID: tokenID, at: WallClock.microseconds()) }
    }

    /// Brings records to the primary until the listener shuts down, and then what is left.
    func run() async throws {
        // The shutdown ends the wait just as a cancellation does.
        try? await cancelWhenGracefulShutdown {
            while true {
                try await Task.sleep(for: Self.flushInterval)
                await self.flush(now: WallClock.microseconds())
            }
        }
        await self.flush(now: .max)
    }

    /// Writes what is due at `now`, microseconds since 1970.
    func flush(now: UInt64) async {
        let due = self.state.withLock { state in
            var due = state.records
            state.records = []
            if state.isDue(at: now) {
                due.append(state.failures.record(at: min(now, WallClock.microseconds())))
                state.failures = LoginFailures()
                state.failuresToldAt = now
            }
            return due
        }
        for (index, record) in due.enumerated() {
            do {
                try await self.write(record)
            } catch {
                self.logger.debug("audit records wait for a primary", metadata: ["error": "\(error)"])
                self.state.withLock { $0.records = due[index...] + $0.records }
                return self.bound()
            }
        }
    }

    private func write(_ record: AuditRecord) async throws {
        guard let primary = self.node.primaryURL else {
            _ = try await Self.commit(record, of: self.node.datacenter, at: self.node, request: try self.numbers.next())
            return
        }
        let token = self.node.credential.token(of: self.node.datacenter)
        try await self.forwarder.post(record.json, to: "\(primary)/v1/audit", token: token.text)
    }

    /// Makes `record` the newest of `datacenter`. Only on the primary.
    static func commit(
        _ record: AuditRecord,
        of datacenter: DatacenterID,
        at node: any NodeService,
        request: RequestID
    ) async throws -> CommitReceipt {
        let bytes = record.json
        let address = try await node.put(blobs: [bytes]).addresses[0]
        let entry = try Entry.file(content: address, size: UInt64(bytes.count), attributes: record.attributes())
        let change = Change(path: AuditRecord.path(of: datacenter), precondition: .any, action: .put(entry))
        return try await node.commit([change], author: NodeCredential.author(datacenter), request: request)
    }

    private func bound() {
        let droppedCount = self.state.withLock { state in
            let surplus = max(0, state.records.count - Self.recordsMax)
            state.records.removeFirst(surplus)
            return surplus
        }
        guard droppedCount > 0 else { return }
        self.logger.error("audit records dropped: no primary takes them", metadata: ["count": "\(droppedCount)"])
    }
}
