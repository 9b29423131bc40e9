/// A datacentre of a cluster to be made or changed, as the command line gives it.
enum DatacenterArgument {
    /// What ``ClusterLayout/Datacenter/init(argument:)`` reads.
    static let form = "NAME=PEER_HOST:PORT,API_HOST:PORT"
}
