internal import TarnCore
internal import TarnCrypto
internal import TarnMerkle
internal import TarnNode

/// Values that no two documents share, as two creators at the same time see it: each taken value is a file of its own,
/// whose path follows from it, put in the same change set as the document and on condition that nothing stands there.
/// So it is the order of the log that decides, not what either creator saw before.
extension DocumentStore {
    /// The kind under which taken values stand.
    private static let nameKind = "name"

    /// The document that takes a value of its `unique` member, or gives one back.
    private struct Holder {
        let kind: String
        let id: String
        let unique: UniqueMember
    }

    /// Stores a new document whose `unique` member, if it has one, no other document has, and returns what
    /// ``creating(_:_:_:)`` does.
    @discardableResult
    func create(
        _ kind: String,
        _ id: String,
        _ value: JSONValue,
        unique: UniqueMember?
    ) async throws -> (value: JSONValue, receipt: CommitReceipt) {
        try await self.creating(kind, value) {
            guard let unique else { return try await self.create(kind, id, value) }
            let holder = Holder(kind: kind, id: id, unique: unique)
            let document = try await self.put(kind, id, value, if: .absent)
            return try await self.repeatingConflicts {
                try await self.commit([document] + (try await self.claim(value, for: holder)))
            }
        }
    }

    /// What ``update(_:_:_:)`` does, for a change that may give the document another value of its `unique` member.
    func update(
        _ kind: String,
        _ id: String,
        unique: UniqueMember?,
        _ change: (JSONValue) throws -> JSONValue
    ) async throws -> JSONValue? {
        guard let unique else { return try await self.update(kind, id, change) }
        let holder = Holder(kind: kind, id: id, unique: unique)
        return try await self.repeatingConflicts {
            guard let stored = try await self.get(kind, id) else { return nil }
            let value = try change(stored.value)
            var changes = [try await self.put(kind, id, value, if: .content(stored.content))]
            if value[unique.name] != stored.value[unique.name] {
                changes += try await self.release(stored.value, of: holder)
                changes += try await self.claim(value, for: holder)
            }
            try await self.commit(changes)
            return value
        }
    }

    /// What ``delete(_:_:)`` does, and gives back the value of the document's `unique` member.
    func delete(_ kind: String, _ id: String, unique: UniqueMember?) async throws -> Bool {
        guard let unique else { return try await self.delete(kind, id) }
        let holder = Holder(kind: kind, id: id, unique: unique)
        return try await self.repeatingConflicts {
            guard let path = self.path(kind, id), let content = try await self.content(kind, id) else { return false }
            let removal = Change(path: path, precondition: .content(content), action: .delete(recursive: false))
            // What cannot be read does not tell its value. A value whose document is gone is free all the same.
            let stored = try await self.readable(kind, id)
            let releases = if let stored { try await self.release(stored.value, of: holder) } else { [Change]() }
            try await self.commit([removal] + releases)
            return true
        }
    }

    // MARK: Taken values

    /// Runs `body` again, upon the state that there is then, when somebody else's change came between.
    private func repeatingConflicts<Value>(_ body: () async throws -> Value) async throws -> Value {
        for _ in 1..<Self.attemptsMax {
            do {
                return try await body()
            } catch let error as NodeError where error.code == .conflict || error.code == .notFound {
                continue
            }
        }
        return try await body()
    }

    /// The value of `document` that no other document may have, with the id of the file that says who has taken it;
    /// nil when there is none.
    private static func name(of document: JSONValue, _ holder: Holder) -> (value: JSONValue, id: String)? {
        let member = holder.unique.name
        guard let value = document[member], value != .null else { return nil }
        return (value, "\(holder.kind).\(SHA256.digest(Array("\(member) \(value.json)".utf8)))")
    }

    /// The changes that take the value of `document`. Throws what ``UniqueMember/taken`` says when another document
    /// has it.
    private func claim(_ document: JSONValue, for holder: Holder) async throws -> [Change] {
        guard let (value, nameID) = Self.name(of: document, holder) else { return [] }
        let (kind, id, unique) = (holder.kind, holder.id, holder.unique)
        // Before the documents: whoever takes the value after this look changes what stands there.
        let standing = try await self.content(Self.nameKind, nameID)
        let present = try await self.readable(Self.nameKind, nameID)
        if let other = present?.value["id"]?.string, other != id,
            try await self.readable(kind, other)?.value[unique.name] == value
        {
            throw unique.taken(value)
        }
        // A document that came here by another way than this API has not taken its value.
        let isTaken = try await self.list(kind).contains { $0.id != id && $0.value[unique.name] == value }
        if isTaken { throw unique.taken(value) }
        return [
            try await self.put(
                Self.nameKind,
                nameID,
                ["id": .string(id), "kind": .string(kind), unique.name: value],
                if: (present?.content ?? standing).map { .content($0) } ?? .absent
            )
        ]
    }

    /// The changes that give back the value of `document`; none when it was not taken for it.
    private func release(_ document: JSONValue, of holder: Holder) async throws -> [Change] {
        guard let (_, nameID) = Self.name(of: document, holder), let path = self.path(Self.nameKind, nameID),
            let present = try await self.readable(Self.nameKind, nameID), present.value["id"]?.string == holder.id
        else { return [] }
        return [Change(path: path, precondition: .content(present.content), action: .delete(recursive: false))]
    }
}
