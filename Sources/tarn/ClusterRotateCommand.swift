internal import ArgumentParser
internal import TarnClient
internal import TarnCore
internal import TarnCrypto
internal import TarnNode

/// `tarn cluster rotate`: new certificates for nodes, without downtime.
struct ClusterRotateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Give nodes new certificates and keys, signed by the cluster's authority.",
        discussion: """
            Old and new certificates are valid side by side, and a node takes new ones over without a restart: copy its keys folder to \
            its machine, then 'systemctl reload tarn-node@DC' there, or SIGHUP to its process. Writes go on all the time.

            A new authority takes three rounds, each for all nodes and each followed by a reload of all: --new-ca (both are trusted), then \
            without a flag (new certificates), then --retire-ca (only the new one is trusted). Between the first and the last, give \
            clients the new ca.crt.
            """
    )

    @Option(help: ArgumentHelp("The folder with ca.crt and ca.key.", valueName: "folder"))
    var ca: String

    @Argument(help: ArgumentHelp("Folders of nodes, each with its node.yaml.", valueName: "node-folder"))
    var folders: [String]

    @Flag(help: "Make a new authority, trusted beside the old one, and change no certificates yet.")
    var newCa = false

    @Flag(help: "Trust the newest authority alone, once all nodes show its certificates.")
    var retireCa = false

    func validate() throws {
        if self.newCa, self.retireCa { throw ValidationError("--new-ca begins and --retire-ca ends; give one of them") }
        guard !self.folders.isEmpty else { throw ValidationError("name at least one node's folder") }
    }

    func run() async throws {
        do {
            if self.newCa {
                try ClusterLayout.renewAuthority(
                    nodeFolders: self.folders,
                    authorityFolder: self.ca,
                    nowMicroseconds: WallClock.microseconds()
                )
                return try Console.line(
                    "both authorities are trusted once all nodes are reloaded; then rotate, and reload again"
                )
            }
            if self.retireCa {
                try ClusterLayout.retireAuthorities(nodeFolders: self.folders, authorityFolder: self.ca)
                return try Console.line("the old authority is trusted no longer once all nodes are reloaded")
            }
        } catch let error as ConfigurationError {
            throw ClientError(.usage, error.message)
        } catch let error as CryptoError {
            throw ClientError(.failed, "\(self.ca): \(error)")
        }
        try self.rotate()
    }

    private func rotate() throws {
        for folder in self.folders {
            do {
                let rotation = try ClusterLayout.rotate(
                    nodeFolder: folder,
                    authorityFolder: self.ca,
                    nowMicroseconds: WallClock.microseconds()
                )
                try Console.line(
                    "\(rotation.datacenter): valid until \(Self.day(rotation.newEndSeconds)), before until \(Self.day(rotation.oldEndSeconds)); reload it"
                )
            } catch let error as ConfigurationError {
                throw ClientError(.usage, error.message)
            } catch let error as CryptoError {
                throw ClientError(.failed, "\(folder): \(error)")
            }
        }
    }

    private static func day(_ seconds: Int64) -> String {
        String(Timestamp(microseconds: UInt64(max(0, seconds)) * 1_000_000).description.prefix(10))
    }
}
