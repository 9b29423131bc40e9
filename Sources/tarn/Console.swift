internal import Glibc
internal import TarnClient

/// Standard output and standard error.
enum Console {
    /// Whoever read standard output has gone.
    struct Closed: Error {}

    static var isErrorTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// Takes the numbers of standard streams that the caller has closed, before anything else is opened: a file or
    /// connection of this process would get them, and with them all that is printed. They fail as before, since what
    /// they are opened for is not what they are used for.
    static func occupyClosedStreams() {
        for stream in STDIN_FILENO...STDERR_FILENO where fcntl(stream, F_GETFD) < 0 {
            _ = open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }

    /// Writes one line to standard output. Throws ``Closed`` when nobody reads it any more, ``ClientError`` when it
    /// cannot be written, as on a full disk.
    static func line(_ text: String) throws {
        try self.write("\(text)\n")
    }

    /// Writes `text` to standard output as it is.
    static func write(_ text: String) throws {
        var text = text
        try text.withUTF8 { try self.write(UnsafeRawBufferPointer($0), to: STDOUT_FILENO) }
    }

    static func write(bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { try self.write($0, to: STDOUT_FILENO) }
    }

    /// Writes one line to standard error.
    static func error(_ text: String) {
        self.errorText("\(text)\n")
    }

    /// Writes `text` to standard error as it is. That nobody reads it is nobody's loss.
    static func errorText(_ text: String) {
        var text = text
        text.withUTF8 { try? self.write(UnsafeRawBufferPointer($0), to: STDERR_FILENO) }
    }

    private static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws {
        var done = 0
        while done < bytes.count {
            let count = Glibc.write(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
            if count < 0 {
                let reason = errno
                if reason == EINTR { continue }
                if reason == EPIPE { throw Closed() }
                throw ClientError(.failed, "cannot write the output: \(String(cString: strerror(reason)))")
            }
            done += count
        }
    }
}
