package import TarnCore

/// What a record holds. The first four are those of ``StoredBlob/Kind``, with equal numbers.
package enum RecordKind: UInt8, Hashable, Sendable, CaseIterable {
    case blob = 0
    case chunk = 1
    case manifest = 2
    case dictionary = 3
    /// A log entry: header and body.
    case entry = 4
    /// This datacentre holds an entry and all that it names.
    case acknowledgement = 5
    /// From here on the log ends at this entry, in this log view.
    case head = 6
    /// A node of the Merkle index, named by its node hash (which is no hash of the record's bytes).
    case node = 7
    case checkpoint = 8

    package init(_ kind: StoredBlob.Kind) {
        switch kind {
        case .blob: self = .blob
        case .chunk: self = .chunk
        case .manifest: self = .manifest
        case .dictionary: self = .dictionary
        }
    }

    /// The kind of blob, or nil for anything else.
    package var blobKind: StoredBlob.Kind? { StoredBlob.Kind(rawValue: self.rawValue) }
    /// Whether the record has a store-wide ordinal.
    package var isBlob: Bool { self.rawValue <= Self.dictionary.rawValue }
}
