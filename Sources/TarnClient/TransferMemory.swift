internal import TarnCore

/// The file that remembers the transfers between one folder and one path.
struct TransferMemory: Sendable {
    let subject: FolderState.Subject
    let path: String
    /// What the file said, where it could be used.
    private(set) var state: FolderState?

    init(purpose: String, subject: FolderState.Subject, in folder: StateFolder) {
        self.subject = subject
        self.path = folder.transferPath(
            purpose,
            cluster: subject.cluster,
            folder: subject.folder,
            path: subject.path
        )
    }

    /// The same with the state that lies in the file. A file that cannot be used is named by `warn` and taken for
    /// absent. May block.
    func loaded(warn: (String) -> Void) -> TransferMemory {
        var memory = self
        do {
            let state = try FolderState(decoding: FileContent.read(self.path, bytesMax: Self.bytesMax))
            // Another folder's name can lead to the same file only by a collision of hashes.
            memory.state = state.subject == self.subject ? state : nil
        } catch let error as SystemError where error.isMissing {
            memory.state = nil
        } catch {
            warn("ignoring the remembered state \(self.path): \(error); all files are compared by content once")
        }
        return memory
    }

    /// Replaces the file. May block.
    func save(_ writer: FolderStateWriter, op: Op, coversTarget: Bool) throws(SystemError) {
        let bytes = writer.finish(subject: self.subject, op: op, coversTarget: coversTarget)
        try FileContent.publish(bytes, at: self.path, isDurable: true)
    }

    private static let bytesMax = 1 << 30
}
