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
            Old and new certificates are valid side by side. Copy each node's keys folder to its machine and restart the nodes one after \
            the other, waiting for 'tarn drill preflight' in between: writes go on all the time.
            """
    )

    @Option(help: ArgumentHelp("The folder with ca.crt and ca.key.", valueName: "folder"))
    var ca: String

    @Argument(help: ArgumentHelp("Folders of nodes, each with its node.yaml.", valueName: "node-folder"))
    var folders: [String]

    func run() async throws {
        for folder in self.folders {
            do {
                let rotation = try ClusterLayout.rotate(
                    nodeFolder: folder,
                    authorityFolder: self.ca,
                    nowMicroseconds: WallClock.microseconds()
                )
                try Console.line(
                    "\(rotation.datacenter): valid until \(Self.day(rotation.newEndSeconds)), before until \(Self.day(rotation.oldEndSeconds)); restart it"
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
