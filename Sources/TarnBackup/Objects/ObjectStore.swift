internal import TarnCore

/// The port to where backups lie: named objects that are written whole and read whole.
///
/// A name is a relative path of `[a-z0-9./-]`. An object is there once ``write(_:bytesCount:piece:)`` has returned, and
/// never half of one.
package protocol ObjectStore: Sendable {
    /// What the store is called in messages.
    var description: String { get }
    /// Every object whose name begins with `folder`, which ends in `/`, in order of names.
    func list(_ folder: String) async throws -> [StoredObject]
    /// Gives the object's bytes to `receive`, in order; returns false when there is no such object.
    func read(_ name: String, receive: @escaping @Sendable ([UInt8]) async throws -> Void) async throws -> Bool
    /// Makes an object of `bytesCount` bytes, or replaces it. `piece` is asked for ranges of them, in any order and
    /// sometimes twice.
    func write(
        _ name: String,
        bytesCount: UInt64,
        piece: @escaping @Sendable (Range<UInt64>) async throws -> [UInt8]
    ) async throws
    /// Does nothing when there is no such object.
    func remove(_ name: String) async throws
}

/// One object's name and size.
package struct StoredObject: Hashable, Sendable {
    package let name: String
    package let bytesCount: UInt64

    package init(name: String, bytesCount: UInt64) {
        self.name = name
        self.bytesCount = bytesCount
    }
}

extension ObjectStore {
    /// A small object in memory, or nil. Throws when it has more than `bytesMax` bytes.
    func read(_ name: String, bytesMax: Int) async throws -> [UInt8]? {
        let collector = PieceCollector(name: name, bytesMax: bytesMax)
        guard try await self.read(name, receive: { try collector.append($0) }) else { return nil }
        return collector.bytes
    }

    /// Writes a small object.
    func write(_ name: String, _ bytes: [UInt8]) async throws {
        try await self.write(name, bytesCount: UInt64(bytes.count)) {
            Array(bytes[Int($0.lowerBound)..<Int($0.upperBound)])
        }
    }
}
