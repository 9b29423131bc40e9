internal import TarnCore
internal import TarnNode

/// How one service of Databricks shows documents of one kind: what they are called, which members they have, and how
/// lists are paged. What all such services have in common is in ``VerbDocuments`` and ``ResourceDocuments``.
struct DocumentShape: Sendable {
    /// Members that the service itself gives a document.
    enum Stamp: Sendable {
        /// The bearer's name.
        case user(String)
        /// The time of creation, in milliseconds since 1970.
        case createdMilliseconds(String)
        /// The same, as RFC 3339.
        case createdText(String)
        /// The time of the last change.
        case updatedMilliseconds(String)
        case updatedText(String)
        case fixed(String, JSONValue)
        /// The member is a copy of another one, when the client does not give it.
        case copy(String, of: String)
        /// A random version tag, new with every change.
        case etag(String)
    }

    /// How a list is cut into pages.
    struct Paging: Sendable {
        var sizeParameter = "page_size"
        var tokenParameter = "page_token"
        var tokenMember = "next_page_token"
        var sizeDefault = 100
        var sizeMax = 1_000
    }

    let kind: String
    /// What messages call it.
    let title: String
    let idMember: String
    let idForm: DocumentID
    /// Whether the id is a number in JSON.
    var isIDNumber = false
    let listMember: String
    /// The member of a create or update body that holds the document; nil when the body is the document.
    var envelope: String?
    /// Members that a new document must have.
    var required: [String] = []
    /// The member that no two documents share: 400 `RESOURCE_ALREADY_EXISTS` otherwise.
    var unique: String?
    var stamps: [Stamp] = []
    /// Members that clients send and that are neither stored nor given out.
    var secretMembers: [String] = []
    /// Members that lists leave out.
    var unlistedMembers: [String] = []
    var paging: Paging? = Paging()
    /// Parameters of the list that a document must match.
    var filters: [String] = []
    /// Text of the error for an id that is not there.
    var missing: @Sendable (String) -> DatabricksError = { _ in .missing("") }

    /// ``unique`` with what is said about a value that another document has.
    var uniqueMember: UniqueMember? {
        self.unique.map { member in
            let title = self.title
            return UniqueMember(name: member) { value in
                .exists("\(title) with \(member) '\(value.display)' already exists")
            }
        }
    }

    // MARK: Documents

    /// A new document from what a client sent.
    func made(from sent: JSONValue, id: String, by user: String) throws -> JSONValue {
        for member in self.required where sent[member] == nil || sent[member] == .null {
            throw DatabricksError.invalid("Missing required field: \(member)")
        }
        var document = self.shown(sent)
        document[self.idMember] = self.isIDNumber ? .number(id) : .string(id)
        try self.stamp(&document, by: user, isNew: true)
        return document
    }

    /// `document` with the members that `sent` names replaced.
    func merged(_ document: JSONValue, with sent: JSONValue, by user: String) throws -> JSONValue {
        guard case .object(let members) = sent else { return document }
        var document = document
        for (key, value) in members where key != self.idMember && !self.secretMembers.contains(key) {
            document[key] = value
        }
        try self.stamp(&document, by: user, isNew: false)
        return document
    }

    /// `sent` in place of `document`, which leaves nothing but what the service itself gave it.
    func replaced(_ document: JSONValue, with sent: JSONValue, by user: String) throws -> JSONValue {
        var result = self.shown(sent)
        result[self.idMember] = document[self.idMember]
        for stamp in self.stamps {
            switch stamp {
            case .user(let member), .createdMilliseconds(let member), .createdText(let member):
                result[member] = document[member]
            case .fixed(let member, _), .copy(let member, _):
                result[member] = sent[member] ?? document[member]
            case .updatedMilliseconds, .updatedText, .etag: break
            }
        }
        try self.stamp(&result, by: user, isNew: false)
        return result
    }

    /// What clients see of a document.
    func shown(_ document: JSONValue) -> JSONValue {
        var document = document
        for member in self.secretMembers { document[member] = nil }
        return document
    }

    /// What lists show of a document.
    func listed(_ document: JSONValue) -> JSONValue {
        var document = self.shown(document)
        for member in self.unlistedMembers { document[member] = nil }
        return document
    }

    private func stamp(_ document: inout JSONValue, by user: String, isNew: Bool) throws {
        let microseconds = WallClock.microseconds()
        let milliseconds = JSONValue.integer(microseconds / 1_000)
        let text = JSONValue.string(Timestamp(microseconds: microseconds).description)
        for stamp in self.stamps {
            switch stamp {
            case .user(let member): if isNew { document[member] = .string(user) }
            case .createdMilliseconds(let member): if isNew { document[member] = milliseconds }
            case .createdText(let member): if isNew { document[member] = text }
            case .updatedMilliseconds(let member): document[member] = milliseconds
            case .updatedText(let member): document[member] = text
            case .fixed(let member, let value): if document[member] == nil { document[member] = value }
            case .copy(let member, let source): if document[member] == nil { document[member] = document[source] }
            case .etag(let member): document[member] = .string(try DocumentID.hex.make())
            }
        }
    }
}
