internal import TarnCore

/// A member whose value no two documents of a kind share.
struct UniqueMember: Sendable {
    let name: String
    /// What is thrown for a value that another document has.
    let taken: @Sendable (JSONValue) -> DatabricksError
}
