package import TarnCore

/// Which op each recent request became, so that a request sent twice commits once.
///
/// A function of the log's headers alone: every member that noted the same headers in order has the same table, byte
/// for byte. A client is forgotten 24 h after its last request by the log's own clock, or when more than
/// ``Limits/clientTableCountMax`` clients or ``Limits/requestsMax`` requests are younger; of one client the newest
/// ``Limits/requestsPerClientMax`` requests are kept.
package struct ClientTable: Equatable, Sendable {
    /// What is known of a request.
    package enum Outcome: Hashable, Sendable {
        /// It never committed in the time that the table covers.
        case unseen
        case committed(Op)
        /// Older than what is kept of its client: it may have committed or not, and must not be tried again.
        case forgotten
    }

    struct Request: Hashable, Sendable {
        let number: UInt64
        let op: Op
    }

    struct Client: Hashable, Sendable {
        /// In log order; never empty.
        var requests: [Request]
        /// The highest number that is not kept any more.
        var forgottenThrough: UInt64?
        /// Time of the newest request's entry.
        var lastMicroseconds: UInt64

        var lastOp: Op { self.requests[self.requests.count - 1].op }
    }

    /// How long a client is remembered after its last request.
    package static let retentionMicroseconds: UInt64 = 24 * 3_600 * 1_000_000

    private let clientsMax: Int
    private let requestsMax: Int
    /// Never iterated: its order differs from process to process.
    private var clients: [String: Client] = [:]
    private var requestsCount = 0
    /// Each client's last op when it was noted, oldest first; outdated where the client has a newer one.
    private var order: [(op: Op, client: String)] = []
    private var orderStart = 0

    package init() {
        self.init(clientsMax: Limits.clientTableCountMax, requestsMax: Limits.requestsMax)
    }

    init(clientsMax: Int, requestsMax: Int) {
        precondition(requestsMax >= Limits.requestsPerClientMax, "one client's requests must fit")
        self.clientsMax = clientsMax
        self.requestsMax = requestsMax
    }

    /// Clients remembered.
    package var count: Int { self.clients.count }

    /// What became of `request`.
    package func lookup(_ request: RequestID) -> Outcome {
        guard let client = self.clients[request.client] else { return .unseen }
        if let found = client.requests.last(where: { $0.number == request.number }) { return .committed(found.op) }
        if let floor = client.forgottenThrough, request.number <= floor { return .forgotten }
        return .unseen
    }

    /// Notes a committed entry. Headers come in log order; one that was noted before, or that nobody asked for
    /// (genesis, no-op), leaves no trace.
    package mutating func note(_ header: LogHeader) {
        switch header.kind {
        case .genesis, .noop: return
        case .changeSet, .gcFloor, .reconfigure, .policy: break
        }
        guard self.order.last.map({ $0.op < header.op }) ?? true else { return }
        let request = Request(number: header.request.number, op: header.op)
        self.append(request, client: header.request.client, at: header.timestampMicroseconds)
        self.evict(at: header.timestampMicroseconds)
    }

    private mutating func append(_ request: Request, client name: String, at microseconds: UInt64) {
        if self.clients[name] == nil {
            self.clients[name] = Client(requests: [request], forgottenThrough: nil, lastMicroseconds: microseconds)
            self.requestsCount += 1
        } else {
            self.clients[name]?.append(request, at: microseconds, count: &self.requestsCount)
        }
        self.order.append((request.op, name))
    }

    private mutating func evict(at microseconds: UInt64) {
        while let oldest = self.oldestClient(),
            self.clients.count > self.clientsMax || self.requestsCount > self.requestsMax
                || microseconds.saturatingDifference(from: oldest.client.lastMicroseconds) > Self.retentionMicroseconds
        {
            self.clients[oldest.name] = nil
            self.requestsCount -= oldest.client.requests.count
            self.orderStart += 1
        }
        // Rewriting the order only when it has doubled keeps the cost of a request constant.
        guard self.order.count > 2 * self.clients.count + 1_024 else { return }
        let live = self.order[self.orderStart...].filter { self.clients[$0.client]?.lastOp == $0.op }
        self.order = live
        self.orderStart = 0
    }

    /// The client whose last request is the oldest; skips what is outdated.
    private mutating func oldestClient() -> (name: String, client: Client)? {
        while self.orderStart < self.order.count {
            let (op, name) = self.order[self.orderStart]
            if let client = self.clients[name], client.lastOp == op { return (name, client) }
            self.orderStart += 1
        }
        return nil
    }
}

extension ClientTable.Client {
    fileprivate mutating func append(_ request: ClientTable.Request, at microseconds: UInt64, count: inout Int) {
        self.requests.append(request)
        self.lastMicroseconds = microseconds
        count += 1
        if self.requests.count > Limits.requestsPerClientMax {
            let dropped = self.requests.removeFirst()
            self.forgottenThrough = max(self.forgottenThrough ?? 0, dropped.number)
            count -= 1
        }
    }
}

extension ClientTable {
    package static func == (left: ClientTable, right: ClientTable) -> Bool { left.clients == right.clients }
}

// The canonical form, part of a checkpoint.
extension ClientTable {
    /// `version, count, (client, forgotten + 1 or 0, last time, count, (number, op)…)…`, clients ordered by their last
    /// op.
    package func encoded() -> [UInt8] {
        var writer = CanonicalWriter(reservingCapacity: 16 + self.clients.count * 48 + self.requestsCount * 8)
        writer.write(byte: Self.version)
        writer.write(count: self.clients.count)
        for (op, name) in self.order[self.orderStart...] {
            guard let client = self.clients[name], client.lastOp == op else { continue }
            writer.write(name)
            writer.write(byte: client.forgottenThrough == nil ? 0 : 1)
            if let forgotten = client.forgottenThrough { writer.write(forgotten) }
            writer.write(client.lastMicroseconds)
            writer.write(count: client.requests.count)
            for request in client.requests {
                writer.write(request.number)
                writer.write(request.op.number)
            }
        }
        return writer.bytes
    }

    /// Throws ``CoreError`` with code `malformed` when `bytes` are not what ``encoded()`` gives for any table.
    package init(decoding bytes: [UInt8]) throws(CoreError) {
        try self.init(decoding: bytes, clientsMax: Limits.clientTableCountMax, requestsMax: Limits.requestsMax)
    }

    init(decoding bytes: [UInt8], clientsMax: Int, requestsMax: Int) throws(CoreError) {
        self.init(clientsMax: clientsMax, requestsMax: requestsMax)
        var reader = CanonicalReader(bytes)
        let version = try reader.readByte()
        guard version == Self.version else { throw CoreError(.malformed, "client table of unknown version \(version)") }
        let count = try reader.readCount(max: self.clientsMax)
        var lastOp: Op?
        for _ in 0..<count {
            let name = try reader.readString(max: Limits.clientNameBytesMax)
            let client = try Self.readClient(from: &reader)
            guard self.clients[name] == nil else { throw CoreError(.malformed, "client \(name) is in the table twice") }
            guard lastOp.map({ $0 < client.lastOp }) ?? true else {
                throw CoreError(.malformed, "clients are not in the order of their last ops")
            }
            lastOp = client.lastOp
            self.requestsCount += client.requests.count
            self.clients[name] = client
            self.order.append((client.lastOp, name))
        }
        guard self.requestsCount <= self.requestsMax else {
            throw CoreError(.malformed, "client table of \(self.requestsCount) requests")
        }
        try reader.expectEnd()
    }

    private static func readClient(from reader: inout CanonicalReader) throws(CoreError) -> Client {
        let flag = try reader.readByte()
        guard flag <= 1 else { throw CoreError(.malformed, "flag \(flag) is neither 0 nor 1") }
        let forgottenThrough = flag == 1 ? try reader.readUInt64() : nil
        let lastMicroseconds = try reader.readUInt64()
        let count = try reader.readCount(max: Limits.requestsPerClientMax)
        guard count > 0 else { throw CoreError(.malformed, "client without requests") }
        var requests: [Request] = []
        for _ in 0..<count {
            let request = Request(number: try reader.readUInt64(), op: Op(try reader.readUInt64()))
            guard requests.last.map({ $0.op < request.op }) ?? true else {
                throw CoreError(.malformed, "requests are not in log order")
            }
            requests.append(request)
        }
        return Client(requests: requests, forgottenThrough: forgottenThrough, lastMicroseconds: lastMicroseconds)
    }

    private static let version: UInt8 = 1
}

extension UInt64 {
    /// How much greater this is than `other`; 0 when it is not.
    fileprivate func saturatingDifference(from other: UInt64) -> UInt64 { self > other ? self - other : 0 }
}
