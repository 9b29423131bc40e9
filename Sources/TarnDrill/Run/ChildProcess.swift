internal import Glibc

/// A process that is waited for by its id, not by whether its files are closed: a script that starts a node leaves a
/// grandchild behind that keeps them open.
struct ChildProcess {
    /// How often it is asked whether the process has ended: SIGCHLD belongs to the whole program, and not to one of
    /// those who wait in it.
    private static let pollMicroseconds: UInt32 = 5_000

    private let identifier: pid_t

    /// Starts `arguments` with the file `output` as standard output and standard error. Throws when that cannot be
    /// done.
    init(_ arguments: [String], environment: [String: String], output: Int32) throws(DrillError) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO)
        var texts = arguments.map { strdup($0) }
        var variables = environment.map { strdup("\($0.key)=\($0.value)") }
        defer { for text in texts + variables { free(text) } }
        texts.append(nil)
        variables.append(nil)
        var identifier: pid_t = 0
        let code = posix_spawn(&identifier, arguments[0], &actions, nil, texts, variables)
        guard code == 0 else {
            throw DrillError("cannot run the hook script \(arguments[0]): \(String(cString: strerror(code)))")
        }
        self.identifier = identifier
    }

    /// The exit status, 128 and the signal for one that was killed; nil when it took longer than `seconds`, and it is
    /// killed then. Blocks the thread.
    func wait(seconds: Double) -> Int32? {
        var status: Int32 = 0
        let deadline = ContinuousClock.now + .seconds(seconds)
        while true {
            let result = waitpid(self.identifier, &status, WNOHANG)
            if result == self.identifier { break }
            if result < 0, errno != EINTR { return 127 }
            if ContinuousClock.now >= deadline {
                kill(self.identifier, SIGKILL)
                waitpid(self.identifier, &status, 0)
                return nil
            }
            usleep(Self.pollMicroseconds)
        }
        let signal = status & 0x7f
        return signal == 0 ? (status >> 8) & 0xff : 128 + signal
    }
}
