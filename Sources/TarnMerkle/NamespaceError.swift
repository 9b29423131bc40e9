package import TarnCore

/// Why a change was refused: what the namespace holds contradicts it. Nothing of its change set is applied.
package struct NamespaceError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of contradiction it is.
    package enum Code: String, Sendable, CaseIterable {
        /// A precondition names another entry or content than there is.
        case conflict
        /// Nothing stands at the path.
        case notFound
        /// A file stands where a directory is needed.
        case notADirectory
        /// A directory stands where a file is needed.
        case isADirectory
        /// A directory with something in it needs a recursive delete.
        case directoryNotEmpty
        /// Something stands where nothing may.
        case alreadyExists
        /// The four roots of the namespace stay as they are.
        case protectedRoot
        /// The set, or what its subtrees hold, is over a limit.
        case tooManyEntries
        /// A directory cannot move into itself.
        case invalidMove
        /// The move would make a path that is none.
        case invalidPath
        /// The entry's attributes do not leave room for those that the system adds, or contradict their meaning.
        case invalidEntry
    }

    /// What kind of contradiction it is.
    package let code: Code
    /// The path that the change names, or the ancestor of it that is in the way.
    package let path: NamespacePath
    /// What was expected and what is there.
    package let message: String

    package init(_ code: Code, _ path: NamespacePath, _ message: String) {
        self.code = code
        self.path = path
        self.message = message
    }

    package var description: String { self.message }
}
