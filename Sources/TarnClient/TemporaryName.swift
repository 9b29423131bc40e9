internal import Glibc

/// What a file is called while it is written beside its place: `.tarn-PID-N`, or `.tarn-PID-get` for a single one.
///
/// A process that is ended leaves it behind under that name. It tells whose it was, so that the next one that writes
/// there deletes it, and no import takes it for a file.
enum TemporaryName {
    private static let prefix = Array(".tarn-".utf8)

    /// The name of this process's file `number`; nil stands for its only one.
    static func make(_ number: Int?) -> String {
        ".tarn-\(getpid())-\(number.map { "\($0)" } ?? "get")"
    }

    /// The process that writes under `name`; nil for any other name.
    static func process(of name: some Collection<UInt8>) -> pid_t? {
        guard name.starts(with: self.prefix) else { return nil }
        let parts = name.dropFirst(self.prefix.count).split(separator: 0x2d, omittingEmptySubsequences: false)
        guard parts.count == 2, let process = Self.number(parts[0]).flatMap({ pid_t(exactly: $0) }), process > 0,
            parts[1].elementsEqual("get".utf8) || Self.number(parts[1]) != nil
        else { return nil }
        return process
    }

    /// Deletes from the open folder what processes wrote there that have ended.
    static func sweep(_ folder: OpenFolder) {
        let descriptor = openat(folder.number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        guard let stream = fdopendir(descriptor) else {
            close(descriptor)
            return
        }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            // The name lies in the record itself, and the record may be shorter than its type.
            guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { return }
            let name = UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self)
            guard let process = self.process(of: UnsafeRawBufferPointer(start: name, count: strlen(name))),
                kill(process, 0) != 0, errno == ESRCH
            else { continue }
            unlinkat(folder.number, name, 0)
        }
    }

    private static func number(_ digits: some Collection<UInt8>) -> Int? {
        guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(String(decoding: digits, as: UTF8.self))
    }
}
