internal import Foundation
internal import TarnBlobStore
internal import TarnCrypto

/// The mapping `encryption` of `node.yaml`: where the key stands that segments are encrypted with. In a file or in the
/// environment, never in the configuration itself.
struct EncryptionSettings: Hashable, Sendable {
    enum Source: Hashable, Sendable {
        case file(String)
        case environment(String)
    }

    let source: Source

    init(_ mapping: YAMLMapping) throws {
        try mapping.expectKeys(["key_file", "key_env"])
        switch (try mapping.optionalString("key_file"), try mapping.optionalString("key_env")) {
        case (let file?, nil): self.source = .file(file)
        case (nil, let name?): self.source = .environment(name)
        default:
            throw ConfigurationError("key 'encryption' names either 'key_file' or 'key_env'")
        }
    }
}

extension NodeConfiguration {
    private static let keyFileBytesMax = 4_096

    /// The key that segments are encrypted with, or nil. Throws ``ConfigurationError`` when it is wanted and cannot be
    /// had: a node that was told to encrypt never writes without.
    func storageKey() throws -> StorageKey? {
        guard let encryption else { return nil }
        let text: String
        let place: String
        switch encryption.source {
        case .file(let name):
            let path = name.hasPrefix("/") ? name : "\(self.directory)/\(name)"
            place = path
            guard let handle = FileHandle(forReadingAtPath: path),
                let bytes = try handle.read(upToCount: Self.keyFileBytesMax)
            else { throw ConfigurationError("key 'encryption': cannot read the key file \(path)") }
            text = String(decoding: bytes, as: UTF8.self)
        case .environment(let name):
            place = "the environment variable \(name)"
            guard let value = ProcessInfo.processInfo.environment[name] else {
                throw ConfigurationError("key 'encryption': \(place) is not set")
            }
            text = value
        }
        do {
            return try StorageKey(hex: text)
        } catch {
            throw ConfigurationError("key 'encryption': \(place) holds no key: \(error)")
        }
    }
}
