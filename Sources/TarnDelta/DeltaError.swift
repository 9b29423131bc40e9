/// Why bytes are not a commit of a Delta log, or a commit does not fit the ones before it.
package struct DeltaError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// The commit's JSON is not what the Delta protocol says.
        case malformed
        /// The commit's version is not above the versions applied before.
        case outOfOrder
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { self.message }
}
