/// The port to files: everything that a data folder needs of a file system, and nothing else.
///
/// Calls block; they belong on threads of their own. A path is given as text with `/` between components. What a call
/// wrote is durable only after ``StorageFile/synchronize()``, and a name (created, renamed, removed) only after
/// ``synchronizeDirectory(_:)``.
package protocol Storage: Sendable {
    /// Opens the file at `path`. Throws `notFound`, or `alreadyExists` for ``OpenMode/create``.
    func open(_ path: String, _ mode: OpenMode) throws(StorageError) -> any StorageFile
    /// Opens the file at `path` for reading its bytes as they are stored, encrypted or not.
    func openStored(_ path: String) throws(StorageError) -> any StorageFile
    /// Makes a directory whose parent exists; does nothing when it is there already.
    func makeDirectory(_ path: String) throws(StorageError)
    /// What the directory holds, sorted by name.
    func list(_ directory: String) throws(StorageError) -> [StorageListing]
    /// Gives the file another name in the same file system, replacing what stands there.
    func rename(_ source: String, to target: String) throws(StorageError)
    func remove(_ path: String) throws(StorageError)
    /// Makes durable which names `directory` holds.
    func synchronizeDirectory(_ directory: String) throws(StorageError)
    /// Takes an exclusive lock named by the file at `path`, for as long as the result lives. Throws `locked` when
    /// another holds it.
    func lock(_ path: String) throws(StorageError) -> any StorageLock
    /// Batches of records begin at multiples of this, for the sake of how the storage writes; a power of two, 8 at
    /// least.
    var batchAlignment: Int { get }
    /// Bytes that may still be written to the file system that holds `path`.
    func freeBytesCount(at path: String) throws(StorageError) -> UInt64
}

extension Storage {
    /// Makes the file at `path` hold `content`, or leaves none there: on a full disk each attempt would otherwise leave
    /// another empty file behind. Nothing is durable yet.
    package func create(_ path: String, content: [UInt8]) throws(StorageError) -> any StorageFile {
        let file = try self.open(path, .create)
        do throws(StorageError) {
            try file.write(content, at: 0)
        } catch {
            try? self.remove(path)
            throw error
        }
        return file
    }

    package var batchAlignment: Int { 8 }

    package func openStored(_ path: String) throws(StorageError) -> any StorageFile { try self.open(path, .read) }
}

/// How a file is opened.
package enum OpenMode: Hashable, Sendable {
    case read
    /// Read and write a file that exists.
    case write
    /// Read and write a file that must not exist yet.
    case create
    /// Read past every cache: the answer is what the disk holds, and pushes nothing out of memory. For doubts after a
    /// failed write, and for much that is read once; slow for anything small.
    case direct
}

/// One name in a directory.
package struct StorageListing: Hashable, Sendable {
    package let name: String
    /// Bytes of a file; of no meaning for a directory.
    package let bytesCount: Int
    package let isDirectory: Bool

    package init(name: String, bytesCount: Int, isDirectory: Bool) {
        self.name = name
        self.bytesCount = bytesCount
        self.isDirectory = isDirectory
    }
}

/// Holds an exclusive lock until it is released or its last reference goes away.
package protocol StorageLock: AnyObject, Sendable {
    func release()
}
