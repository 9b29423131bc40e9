/// Three nodes made from a backup, and running.
struct RestoredCluster {
    let cluster: ProcessCluster

    init(_ wishes: [String], environment: [String: String] = [:]) throws {
        self.cluster = try ProcessCluster(restoring: wishes, environment: environment)
        do {
            for name in ProcessCluster.names { try self.cluster.start(name) }
        } catch {
            self.cluster.stop()
            throw error
        }
    }
}
