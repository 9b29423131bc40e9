/// An open folder of several owners; closed when the last of them lets go of it.
final class OpenFolder: Sendable {
    private let descriptor: FileDescriptor

    init(_ descriptor: consuming FileDescriptor) {
        self.descriptor = descriptor
    }

    var number: Int32 { self.descriptor.number }
}
