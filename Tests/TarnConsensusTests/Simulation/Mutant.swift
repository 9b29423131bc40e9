/// A planted mistake: the checkers must find each one.
enum Mutant: String, CaseIterable, Sendable {
    /// The primary commits what it alone holds.
    case commitsWithOneCopy
    /// A backup acknowledges what it has not written yet.
    case acknowledgesBeforeDurable
    /// The primary sends what it has not written yet.
    case preparesBeforeDurable
    /// Entries count as stored before they are.
    case storesTooEarly
    /// A backup takes an entry made after another one for the next one of its own log.
    case acceptsAnyParent
    /// A restarted backup has forgotten what it acknowledged.
    case restartsEmpty
}
