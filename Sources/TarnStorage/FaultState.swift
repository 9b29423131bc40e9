/// What of a faulty storage is durable, what is not yet, and which fault comes next. A plain state machine.
struct FaultState {
    private enum Pending {
        case write(offset: Int, bytes: [UInt8])
        case truncate(Int)
    }

    private enum Naming {
        case bind(String, id: Int)
        case rename(String, to: String, id: Int)
        case unbind(String)

        /// The directory whose synchronization makes it durable.
        var directory: String {
            switch self {
            case .bind(let path, _), .unbind(let path): MemoryStorage.parent(of: path)
            case .rename(_, let target, _): MemoryStorage.parent(of: target)
            }
        }
    }

    private static let sectorBytes = 512

    var plan: FaultPlan
    private(set) var stepCount = 0
    private(set) var isCrashed = false
    private var nextID = 0
    private var visibleNames: [String: Int] = [:]
    private var durableNames: [String: Int] = [:]
    private var namings: [Naming] = []
    private var durable: [Int: [UInt8]] = [:]
    private var pending: [Int: [Pending]] = [:]

    init(plan: FaultPlan, image: MemoryStorage) {
        self.plan = plan
        for path in image.paths {
            let id = self.takeID()
            self.visibleNames[path] = id
            self.durableNames[path] = id
            self.durable[id] = image.content(of: path) ?? []
        }
    }

    mutating func nextFault() -> FaultPlan.Fault? {
        if self.isCrashed { return .crash }
        let fault = self.plan.fault(at: self.stepCount)
        self.stepCount += 1
        if fault == .crash { self.isCrashed = true }
        return fault
    }

    mutating func opened(_ path: String, isNew: Bool) -> Int {
        if !isNew, let id = self.visibleNames[path] { return id }
        let id = self.takeID()
        self.visibleNames[path] = id
        self.namings.append(.bind(path, id: id))
        return id
    }

    mutating func renamed(_ source: String, to target: String) {
        guard let id = self.visibleNames.removeValue(forKey: source) else { return }
        self.visibleNames[target] = id
        self.namings.append(.rename(source, to: target, id: id))
    }

    mutating func removed(_ path: String) {
        self.visibleNames[path] = nil
        self.namings.append(.unbind(path))
    }

    mutating func synchronizedDirectory(_ directory: String) {
        for naming in self.namings where naming.directory == directory { self.apply(naming) }
        self.namings.removeAll { $0.directory == directory }
    }

    mutating func wrote(_ bytes: [UInt8], at offset: Int, id: Int) {
        self.pending[id, default: []].append(.write(offset: offset, bytes: bytes))
    }

    mutating func truncated(to count: Int, id: Int) {
        self.pending[id, default: []].append(.truncate(count))
    }

    mutating func synchronized(id: Int) {
        var content = self.durable.removeValue(forKey: id) ?? []
        for operation in self.pending.removeValue(forKey: id) ?? [] { Self.apply(operation, to: &content) { true } }
        self.durable[id] = content
    }

    /// A failed synchronization: every other sector was written, the rest is forgotten although it stays visible.
    mutating func lostPages(id: Int) {
        var content = self.durable.removeValue(forKey: id) ?? []
        var isKept = false
        for operation in self.pending.removeValue(forKey: id) ?? [] {
            Self.apply(operation, to: &content) {
                isKept.toggle()
                return isKept
            }
        }
        self.durable[id] = content
    }

    mutating func flip(bit: Int, of path: String) {
        guard let id = self.visibleNames[path], bit >> 3 < self.durable[id]?.count ?? 0 else { return }
        self.durable[id]?[bit >> 3] ^= 1 << UInt8(bit & 7)
    }

    /// Content by path of what survives.
    mutating func crash(_ loss: FaultPlan.Loss) -> [String: [UInt8]] {
        self.isCrashed = true
        var random: UInt64 = if case .random(let seed) = loss { seed } else { 0 }
        func isKept() -> Bool {
            switch loss {
            case .everything: return false
            case .nothing: return true
            case .random:
                // A multiplicative generator (Knuth); its high bits are random enough to choose sectors.
                random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return random >> 63 == 1
            }
        }
        for naming in self.namings where isKept() { self.apply(naming) }
        var out: [String: [UInt8]] = [:]
        for (path, id) in self.durableNames.sorted(by: { $0.key < $1.key }) {
            var content = self.durable[id] ?? []
            for operation in self.pending[id] ?? [] { Self.apply(operation, to: &content, isKept) }
            out[path] = content
        }
        return out
    }

    private mutating func takeID() -> Int {
        self.nextID += 1
        return self.nextID
    }

    private mutating func apply(_ naming: Naming) {
        switch naming {
        case .bind(let path, let id): self.durableNames[path] = id
        case .rename(let source, let target, let id):
            if self.durableNames[source] == id { self.durableNames[source] = nil }
            self.durableNames[target] = id
        case .unbind(let path): self.durableNames[path] = nil
        }
    }

    /// Applies a write sector by sector, as far as `isKept` says so.
    private static func apply(_ operation: Pending, to content: inout [UInt8], _ isKept: () -> Bool) {
        switch operation {
        case .truncate(let count):
            guard isKept() else { return }
            if count < content.count { content.removeLast(content.count - count) }
            if count > content.count { content.append(contentsOf: repeatElement(0, count: count - content.count)) }
        case .write(let offset, let bytes):
            var start = 0
            while start < bytes.count {
                let end = min(bytes.count, ((offset + start) / self.sectorBytes + 1) * self.sectorBytes - offset)
                if isKept() {
                    let missing = offset + end - content.count
                    if missing > 0 { content.append(contentsOf: repeatElement(0, count: missing)) }
                    content.replaceSubrange((offset + start)..<(offset + end), with: bytes[start..<end])
                }
                start = end
            }
        }
    }
}
