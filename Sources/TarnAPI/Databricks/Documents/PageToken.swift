internal import TarnCore
internal import TarnCrypto

/// Where the next page of a list begins: the id that was shown last, and which list that was. Opaque to clients.
struct PageToken: Sendable {
    private static let markBytesCount = 6

    /// What tells this list from any other: service, parent and filters.
    private let list: String

    init(list: String) {
        self.list = list
    }

    /// The token of the page behind `id`.
    func text(after id: String) -> String {
        Base64.encodeForURL(self.mark + Array(id.utf8))
    }

    /// The id that a token names; nil for no token. Throws ``DatabricksError`` for one of another list or of none.
    func id(in text: String?) throws(DatabricksError) -> String? {
        guard let text, !text.isEmpty else { return nil }
        guard let bytes = Base64.decode(text), bytes.count > Self.markBytesCount,
            bytes.prefix(Self.markBytesCount).elementsEqual(self.mark),
            let id = String(validating: bytes.dropFirst(Self.markBytesCount), as: UTF8.self)
        else { throw Self.foreign }
        return id
    }

    /// The place in a list that is cut by count, from 0 to `last`; 0 for no token. Anybody can make a token, so what it
    /// names is checked like any other parameter. Throws ``DatabricksError``.
    func position(in text: String?, upTo last: Int) throws(DatabricksError) -> Int {
        guard let text = try self.id(in: text) else { return 0 }
        guard let position = Int(text), (0...last).contains(position) else { throw Self.foreign }
        return position
    }

    private static let foreign = DatabricksError.invalid(
        "The page token does not belong to this list; ask for the first page again"
    )

    private var mark: [UInt8] {
        Array(SHA256.digest(Array(self.list.utf8)).bytes.prefix(Self.markBytesCount))
    }
}
