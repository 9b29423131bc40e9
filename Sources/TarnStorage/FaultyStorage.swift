internal import Synchronization

/// A storage in memory that fails by plan and forgets at a crash what was not made durable.
///
/// Every call that changes something is a *step*, numbered from 0. What a program wrote is visible to it at once;
/// ``crash(_:)`` gives the disk that the next start finds. Directories are durable once made; names of files are not
/// before their directory is synchronized.
package final class FaultyStorage: Storage {
    private let live: MemoryStorage
    private let state: Mutex<FaultState>

    /// A storage that begins with what `image` holds, all of it durable.
    package init(plan: FaultPlan = FaultPlan(), image: MemoryStorage = MemoryStorage()) {
        self.live = image
        self.state = Mutex(FaultState(plan: plan, image: image))
    }

    /// How many steps were taken so far.
    package var stepCount: Int { self.state.withLock { $0.stepCount } }

    /// Replaces the plan; steps go on being counted from the first.
    package func setPlan(_ plan: FaultPlan) {
        self.state.withLock { $0.plan = plan }
    }

    /// Sets how many bytes of content fit; what is there already stays.
    package func setCapacity(_ bytesCount: Int) {
        self.live.setCapacity(bytesCount)
    }

    /// What the program sees in the file, or nil when there is none.
    package func content(of path: String) -> [UInt8]? { self.live.content(of: path) }

    /// The paths of all files that the program sees, sorted.
    package var paths: [String] { self.live.paths }

    /// Damages the file at rest, in what is visible and in what is durable.
    package func flip(bit: Int, of path: String) {
        guard var bytes = self.live.content(of: path) else { return }
        bytes[bit >> 3] ^= 1 << UInt8(bit & 7)
        self.live.setContent(of: path, to: bytes)
        self.state.withLock { $0.flip(bit: bit, of: path) }
    }

    /// Ends this storage and returns the disk as the next start finds it. Every later call on this one throws
    /// `crashed`.
    package func crash(_ loss: FaultPlan.Loss) -> MemoryStorage {
        let image = MemoryStorage()
        image.adoptDirectories(of: self.live)
        let files = self.state.withLock { $0.crash(loss) }
        for (path, bytes) in files { image.setContent(of: path, to: bytes) }
        return image
    }

    package func open(_ path: String, _ mode: OpenMode) throws(StorageError) -> any StorageFile {
        if mode == .create {
            try self.step(path)
        } else {
            try self.check(path)
        }
        let file = try self.live.file(path, mode)
        let id = self.state.withLock { $0.opened(path, isNew: mode == .create) }
        return FaultyFile(storage: self, file: file, path: path, id: id)
    }

    package func makeDirectory(_ path: String) throws(StorageError) {
        try self.check(path)
        try self.live.makeDirectory(path)
    }

    package func list(_ directory: String) throws(StorageError) -> [StorageListing] {
        try self.check(directory)
        return try self.live.list(directory)
    }

    package func rename(_ source: String, to target: String) throws(StorageError) {
        try self.step(source)
        try self.live.rename(source, to: target)
        self.state.withLock { $0.renamed(source, to: target) }
    }

    package func remove(_ path: String) throws(StorageError) {
        try self.step(path)
        try self.live.remove(path)
        self.state.withLock { $0.removed(path) }
    }

    package func synchronizeDirectory(_ directory: String) throws(StorageError) {
        try self.step(directory)
        try self.live.synchronizeDirectory(directory)
        self.state.withLock { $0.synchronizedDirectory(directory) }
    }

    package func lock(_ path: String) throws(StorageError) -> any StorageLock {
        try self.check(path)
        return try self.live.lock(path)
    }

    package func freeBytesCount(at path: String) throws(StorageError) -> UInt64 {
        try self.check(path)
        return try self.live.freeBytesCount(at: path)
    }

    func check(_ path: String) throws(StorageError) {
        let isCrashed = self.state.withLock { $0.isCrashed }
        if isCrashed { throw Self.crashed(path) }
    }

    func checkReadable(_ path: String, _ range: Range<Int>) throws(StorageError) {
        try self.check(path)
        let isReadable = self.state.withLock { $0.plan.isReadable(path, range) }
        guard isReadable else {
            throw StorageError(.inputOutput, path: path, "cannot read at \(range.lowerBound): bad sector")
        }
    }

    /// Counts a step that either happens whole or not at all.
    func step(_ path: String) throws(StorageError) {
        switch self.state.withLock({ $0.nextFault() }) {
        case nil, .misdirectedWrite, .lostWrite, .flippedBit: return
        case .crash: throw Self.crashed(path)
        case .noSpace: throw StorageError(.noSpace, path: path, "no space left on device")
        case .inputOutput, .shortWrite: throw StorageError(.inputOutput, path: path, "input/output error")
        }
    }

    func write(
        _ bytes: UnsafeRawBufferPointer,
        at offset: Int,
        to file: MemoryFile,
        path: String,
        id: Int
    ) throws(StorageError) {
        let fault = self.state.withLock { $0.nextFault() }
        if let silent = FaultPlan.SilentWrite(fault) {
            guard let (content, place) = Self.distort(bytes, at: offset, silent) else { return }
            defer { self.state.withLock { $0.wrote(content, at: place, id: id) } }
            return try file.write(content, at: place)
        }
        if let fault, fault != .shortWrite, fault != .crash {
            throw StorageError(fault == .noSpace ? .noSpace : .inputOutput, path: path, "cannot write at \(offset)")
        }
        let isWhole = fault == nil
        let part = isWhole ? bytes : UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count / 2)])
        defer { self.state.withLock { $0.wrote(Array(part), at: offset, id: id) } }
        try file.write(part, at: offset)
        if !isWhole {
            throw fault == .crash
                ? Self.crashed(path)
                : StorageError(.inputOutput, path: path, "wrote \(part.count) of \(bytes.count) bytes")
        }
    }

    /// What a disk that fails silently writes, and where; nil for nothing.
    private static func distort(
        _ bytes: UnsafeRawBufferPointer,
        at offset: Int,
        _ silent: FaultPlan.SilentWrite
    ) -> (content: [UInt8], place: Int)? {
        var content = Array(bytes)
        switch silent {
        case .moved(let distance): return (content, max(0, offset + distance))
        case .dropped: return nil
        case .damaged:
            if !content.isEmpty { content[content.count / 2] ^= 0x10 }
            return (content, offset)
        }
    }

    func synchronize(path: String, id: Int) throws(StorageError) {
        let fault = self.state.withLock { state in
            let fault = state.nextFault()
            if fault == nil || FaultPlan.SilentWrite(fault) != nil { state.synchronized(id: id) }
            if fault == .inputOutput || fault == .shortWrite { state.lostPages(id: id) }
            return fault
        }
        switch fault {
        case nil, .misdirectedWrite, .lostWrite, .flippedBit: return
        case .crash: throw Self.crashed(path)
        case .noSpace: throw StorageError(.noSpace, path: path, "cannot synchronize: no space left on device")
        case .inputOutput, .shortWrite:
            throw StorageError(.inputOutput, path: path, "cannot synchronize: input/output error")
        }
    }

    func truncate(to count: Int, of file: MemoryFile, path: String, id: Int) throws(StorageError) {
        try self.step(path)
        try file.truncate(to: count)
        self.state.withLock { $0.truncated(to: count, id: id) }
    }

    private static func crashed(_ path: String) -> StorageError {
        StorageError(.crashed, path: path, "the machine lost its power")
    }
}
