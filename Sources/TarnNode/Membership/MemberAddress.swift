package import TarnCore

/// Where a member is reached by its peers and by clients.
package struct MemberAddress: Hashable, Sendable {
    package let datacenter: DatacenterID
    /// `HOST:PORT`, for the other nodes.
    package let peer: String
    /// `http(s)://HOST:PORT`, for clients.
    package let api: String

    package init(datacenter: DatacenterID, peer: String, api: String) {
        self.datacenter = datacenter
        self.peer = peer
        self.api = api
    }
}
