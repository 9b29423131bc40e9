/// File names in a `_delta_log` directory.
package enum DeltaLogName {
    package static let directory = "_delta_log"

    /// The version of the commit that a file of this name holds, or nil for anything but `<20 digits>.json`.
    package static func commitVersion(of name: some StringProtocol) -> Int64? {
        let utf8 = name.utf8
        guard utf8.count == 25, utf8.suffix(5).elementsEqual(".json".utf8),
            utf8.prefix(20).allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        return Int64(name.prefix(20))
    }
}
