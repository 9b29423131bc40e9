package import TarnCore

/// Where the catalog reads what entries hold: documents of `/meta`, commits of Delta logs, notebooks for full text.
package protocol CatalogContentSource: Sendable {
    /// The verified bytes of a file. Throws when they are not here, or are more than `bytesMax`.
    func content(of entry: Entry, bytesMax: Int) async throws -> [UInt8]
}
