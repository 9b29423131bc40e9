internal import Glibc
package import TarnCore
internal import TarnCrypto

/// Where the client keeps what it remembers between commands: `$XDG_STATE_HOME/tarn`, else `~/.local/state/tarn`.
///
/// All of it can be deleted: imports then read every file once, and reads may for once not see the last write.
package struct StateFolder: Sendable {
    package let path: String

    package init(path: String) {
        self.path = path
    }

    /// The folder that the environment names, or nil when it names neither a state folder nor a home.
    package init?(environment: [String: String]) {
        if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") {
            self.path = "\(state)/tarn"
        } else if let home = environment["HOME"], home.hasPrefix("/") {
            self.path = "\(home)/.local/state/tarn"
        } else {
            return nil
        }
    }

    /// The environment of this process.
    package static func environment() -> [String: String] {
        var out: [String: String] = [:]
        for name in ["XDG_STATE_HOME", "HOME", "TARN_CONFIG"] {
            if let value = getenv(name) { out[name] = String(cString: value) }
        }
        return out
    }

    /// The op of the last write to `cluster`, or nil when none is remembered.
    package func lastWrite(cluster: String) -> Op? {
        guard let bytes = try? FileContent.read(self.lastWritePath(cluster), bytesMax: 64),
            let text = String(validating: bytes, as: UTF8.self),
            let number = UInt64(text.prefix { $0 != "\n" })
        else { return nil }
        return Op(number)
    }

    /// Remembers `op` unless a later one is remembered already.
    package func remember(lastWrite op: Op, cluster: String) throws(SystemError) {
        if let known = self.lastWrite(cluster: cluster), known >= op { return }
        try FileContent.publish(Array("\(op)\n".utf8), at: self.lastWritePath(cluster), isDurable: false)
    }

    /// The file that remembers transfers between `folder` and `path`; `purpose` is `import` or `export`.
    package func transferPath(_ purpose: String, cluster: String, folder: String, path: NamespacePath) -> String {
        let name = SHA256.digest(Array(folder.utf8) + [0] + path.utf8).hex.prefix(32)
        return "\(self.path)/\(cluster)/\(purpose)-\(name)"
    }

    /// `error`, with what can be done where a node does not have the op that this machine remembers: after a recovery
    /// that gave ops up, it never gets there, and every read would fail until so much was written again.
    package func explained(_ error: ClientError, remembered op: Op, cluster: String) -> ClientError {
        guard error.message.contains("op \(op) was not committed here") else { return error }
        let hint =
            "this machine remembers op \(op) as its last write; if a recovery or a restore has given that up, "
            + "delete \(self.lastWritePath(cluster))"
        return ClientError(error.code, "\(error.message); \(hint)", status: error.status, errorCode: error.errorCode)
    }

    private func lastWritePath(_ cluster: String) -> String {
        "\(self.path)/\(cluster)/last-write"
    }
}
