internal import NIOCore
internal import TarnClient
internal import TarnCore
internal import TarnNode

/// Who belongs to a cluster, as one of its nodes says.
struct MembershipView {
    private static let deadlineMilliseconds = 30_000

    let membership: Membership
    let addresses: [MemberAddress]
    /// The node's whole answer.
    let document: JSONValue

    /// Gives `body`, which is to change it, what a node says. A wish that does not fit, or cannot be read, is a wrong
    /// use of the command.
    static func change(_ session: ClientSession, _ body: (MembershipView) async throws -> Void) async throws {
        let present = try await self.fetch(session)
        do {
            try await body(present)
        } catch let error as ConfigurationError {
            throw ClientError(.usage, error.message)
        } catch let error as CoreError {
            throw ClientError(.usage, error.message)
        }
    }

    /// Asks any node.
    static func fetch(_ session: ClientSession) async throws -> MembershipView {
        var request = TransportRequest(.get, "/v1/membership", deadlineMilliseconds: self.deadlineMilliseconds)
        request.mustSeeLastWrite = false
        return try self.parse(try await session.client.read(request).body, of: request.target)
    }

    /// Sends a change in canonical encoding to the primary. Throws with code `unknownOutcome` when it may have been made.
    static func send(_ body: [UInt8], to target: String, _ session: ClientSession) async throws -> MembershipView {
        var request = TransportRequest(
            .post,
            target,
            body: ByteBuffer(bytes: body),
            deadlineMilliseconds: self.deadlineMilliseconds
        )
        request.mustSeeLastWrite = false
        return try self.parse(try await session.client.change(request).body, of: target)
    }

    private static func parse(_ body: [UInt8], of target: String) throws -> MembershipView {
        let value = try TarnHTTPClient.parse(body, of: target)
        guard let text = value["encoded"]?.string, let bytes = Hex.decode(text.utf8) else {
            throw ClientError(.failed, "\(target) answered without a membership")
        }
        do throws(CoreError) {
            let membership = try Membership(decoding: bytes)
            var addresses: [MemberAddress] = []
            for row in value["members"]?.items ?? [] {
                guard let name = row["dc"]?.string, let peer = row["peer"]?.string, let api = row["api"]?.string else {
                    continue
                }
                addresses.append(MemberAddress(datacenter: try DatacenterID(name), peer: peer, api: api))
            }
            return MembershipView(membership: membership, addresses: addresses, document: value)
        } catch {
            throw ClientError(.failed, "\(target): \(error.message)")
        }
    }

    /// Makes the folders of `newcomers`, then has the cluster take them in by `ask`; when it does not, the folders go
    /// again; where it may have, they stay, since they hold the only keys. Returns the newcomers' configuration files.
    static func join(
        _ newcomers: [ClusterLayout.Newcomer],
        in directory: String,
        as membership: Membership,
        addresses: (before: [MemberAddress], after: [MemberAddress]),
        ask: () async throws -> Void
    ) async throws -> [String] {
        let files = try ClusterLayout.join(
            directory: directory,
            newcomers: newcomers,
            membership: membership,
            addresses: addresses.after,
            nowMicroseconds: WallClock.microseconds()
        )
        do {
            try await ask()
        } catch let error as ClientError where error.code == .unknownOutcome {
            let names = newcomers.map(\.member.datacenter.name).joined(separator: ", ")
            throw ClientError(
                .unknownOutcome,
                "\(error.message); where 'tarn cluster members' names \(names), start what is in \(directory) now; where "
                    + "it does not and nobody is at it, delete the folders and ask again"
            )
        } catch let error as ClientError {
            try ClusterLayout.leave(directory: directory, newcomers: newcomers, addresses: addresses.before)
            throw error
        }
        return files
    }

    /// Prints in JSON which configurations newcomers are to be started with.
    static func show(_ files: [String]) throws {
        try Console.line(JSONValue.object(["node_configurations": .array(files.map { .string($0) })]).json)
    }

    /// One line a member.
    var text: String {
        let roles = ["primary", "standby", "observer"]
        var lines = self.membership.members.enumerated().map { seat, member in
            let part = seat < self.membership.votersCount ? roles[seat] : "learns the log"
            let isElectable = seat == 2 && self.membership.isObserverElectable
            return "\(member.datacenter)  \(part)\(isElectable ? ", may lead" : "")"
        }
        if !self.membership.retired.isEmpty {
            lines.append("replaced: " + self.membership.retired.map(\.name).joined(separator: ", "))
        }
        return "epoch \(self.membership.epoch)\n" + lines.joined(separator: "\n")
    }
}
