internal import TarnCore

/// What came of reading a file's content.
enum ContentReading: Sendable {
    case bytes([UInt8])
    /// It will never be readable: too large.
    case unreadable(String)
    /// It could not be read now.
    case failed(String)
}

extension Catalog {
    /// Reads the content of `entry`; only cancellation is thrown, everything else is told.
    func read(_ entry: Entry, bytesMax: Int) async throws -> ContentReading {
        guard entry.size <= UInt64(bytesMax) else {
            return .unreadable("\(entry.size) bytes are more than the \(bytesMax) that are read")
        }
        do {
            return .bytes(try await self.content.content(of: entry, bytesMax: bytesMax))
        } catch let error as CancellationError {
            throw error
        } catch {
            return .failed("\(error)")
        }
    }
}
