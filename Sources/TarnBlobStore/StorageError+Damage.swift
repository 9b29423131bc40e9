internal import TarnStorage

extension StorageError {
    /// Whether it says something about what is stored, and not only about the attempt to read it.
    var isDamage: Bool {
        switch self.code {
        case .inputOutput, .notFound, .unauthentic: true
        case .alreadyExists, .noSpace, .locked, .permissionDenied, .crashed, .other: false
        }
    }
}
