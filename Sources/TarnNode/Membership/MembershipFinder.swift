internal import Foundation
internal import Logging
internal import TarnBlobStore
internal import TarnCatalog
internal import TarnConsensus
internal import TarnCore

/// Finds out at the start of a node who belongs to its cluster: the newest of what the genesis, the node's folder, its
/// data and the log say.
struct MembershipFinder {
    /// In the node's folder, where a command put it for a datacentre that joins later, and where it outlives the disk of
    /// the data; in its data, where the node keeps what it was told.
    static let fileName = "membership.bin"

    let genesis: Genesis
    let configuration: NodeConfiguration

    /// Brings the node's state back from its data, and with it the newest membership that it knows; `acceptsLoss` as in
    /// ``NodeRecovery``.
    func recover(
        store: BlobStore,
        catalog: Catalog,
        logger: Logger,
        acceptsLoss: Bool = false
    ) async throws -> (membership: Membership, found: NodeRecovery.Result) {
        let told = try self.told()
        let found = try await NodeRecovery(
            genesis: self.genesis,
            isAlone: told.members.count == 1,
            store: store,
            catalog: catalog,
            logger: logger,
            acceptsLoss: acceptsLoss
        ).run()
        return (try await self.newest(told, committed: found.line.committedHeader, store: store), found)
    }

    /// What is known before the log is read.
    private func told() throws -> Membership {
        var newest = Membership(self.genesis)
        for folder in [self.configuration.directory, self.configuration.dataDirectory] {
            let path = folder + "/" + Self.fileName
            guard let bytes = FileManager.default.contents(atPath: path) else { continue }
            let membership: Membership
            do {
                membership = try Membership(decoding: Array(bytes))
            } catch {
                throw ConfigurationError("\(path) is not a membership: \(error.message)")
            }
            if membership.isNewer(than: newest) { newest = membership }
        }
        return newest
    }

    /// The same, unless the log up to its committed header says something newer.
    private func newest(_ told: Membership, committed: LogHeader, store: BlobStore) async throws -> Membership {
        let epoch = committed.configurationEpoch
        guard epoch > told.epoch else { return told }
        let entry = try await store.reconfiguration(to: epoch, through: committed.op)
        return try Reconfiguration(decoding: entry.body).membership
    }

    /// Writes what this node was told, for its next start.
    func keep(_ membership: Membership) throws {
        try self.write(membership, in: self.configuration.dataDirectory)
    }

    /// Writes who belongs to the cluster besides the node's configuration as well, unless the genesis says the same: a
    /// node whose data is lost would take a cluster that grew since for the one that it began as, and lead it alone.
    func keepBesideConfiguration(_ membership: Membership, logger: Logger) {
        guard membership.epoch > Membership(self.genesis).epoch else { return }
        let folder = self.configuration.directory
        let kept = FileManager.default.contents(atPath: folder + "/" + Self.fileName)
        guard kept.map(Array.init) != membership.encoded() else { return }
        do {
            try self.write(membership, in: folder)
        } catch {
            logger.warning(
                "the members could not be written beside the configuration",
                metadata: ["error": "\(error)", "if the data is lost": "tarn cluster members --save, before the start"]
            )
        }
    }

    private func write(_ membership: Membership, in folder: String) throws {
        let path = folder + "/" + Self.fileName
        do {
            try Data(membership.encoded()).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw NodeError(.internalError, "cannot write \(path): \(error.localizedDescription)")
        }
    }

    /// Where each member is reached: as the log says, or for members of the genesis as this node's configuration does.
    func addresses(_ membership: Membership) throws -> [NodeConfiguration.Member] {
        try membership.members.map { member in
            if !member.peer.isEmpty {
                guard let peer = HostPort(member.peer) else {
                    throw ConfigurationError(
                        "datacentre \(member.datacenter) is at '\(member.peer)', which is no address"
                    )
                }
                return NodeConfiguration.Member(datacenter: member.datacenter, peer: peer, apiURL: member.api)
            }
            guard let known = self.configuration.members.first(where: { $0.datacenter == member.datacenter }) else {
                throw ConfigurationError("key 'members' does not say where datacentre \(member.datacenter) is")
            }
            return known
        }
    }
}
