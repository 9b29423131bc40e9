/// What a collection decides about one blob.
enum GarbageVerdict {
    case leave
    case condemn
    /// Something that is kept needs it after all.
    case pardon
}
