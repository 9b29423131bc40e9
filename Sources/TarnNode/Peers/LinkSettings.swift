/// The mapping `links` of `node.yaml`: what a node may pull from each other datacentre.
package struct LinkSettings: Hashable, Sendable {
    private static let mebibytesPerSecond = 0...65_536

    /// For catching up, in MiB a second; 0 is without limit.
    package var repairMebibytesPerSecond = 64
    /// For healing, in MiB a second; 0 is without limit.
    package var backgroundMebibytesPerSecond = 16

    package init() {}

    init(_ mapping: YAMLMapping) throws {
        try mapping.expectKeys(["repair_mib_per_second", "background_mib_per_second"])
        self.repairMebibytesPerSecond = try mapping.integer(
            "repair_mib_per_second",
            default: self.repairMebibytesPerSecond,
            in: Self.mebibytesPerSecond
        )
        self.backgroundMebibytesPerSecond = try mapping.integer(
            "background_mib_per_second",
            default: self.backgroundMebibytesPerSecond,
            in: Self.mebibytesPerSecond
        )
    }

    /// Nil is without limit.
    func bytesPerSecond(of transfer: TransferClass) -> Double? {
        let mebibytes: Int
        switch transfer {
        case .urgent: return nil
        case .repair: mebibytes = self.repairMebibytesPerSecond
        case .background: mebibytes = self.backgroundMebibytesPerSecond
        }
        return mebibytes == 0 ? nil : Double(mebibytes << 20)
    }
}
