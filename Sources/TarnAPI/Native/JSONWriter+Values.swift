internal import TarnCore
internal import TarnCrypto
internal import TarnNode

extension JSONWriter {
    mutating func stringOrNull(_ value: String?) {
        if let value { self.string(value) } else { self.null() }
    }

    /// `"kind", "size", "sha256", "manifest", "attributes"` of an object that is open.
    mutating func members(of entry: Entry) {
        self.key("kind")
        self.string(entry.isDirectory ? "directory" : "file")
        self.key("size")
        self.integer(entry.size)
        self.key("sha256")
        self.stringOrNull(entry.isDirectory ? nil : entry.content.hex)
        self.key("manifest")
        self.stringOrNull(entry.manifest?.hex)
        self.key("attributes")
        self.beginObject()
        for pair in entry.attributes.pairs {
            self.key(pair.key)
            self.string(pair.value)
        }
        self.endObject()
    }

    /// `"reason", "paths"` of an object that is open and names something damaged.
    mutating func members(reason: String, paths: [NamespacePath]) {
        self.key("reason")
        self.string(reason)
        self.key("paths")
        self.beginArray()
        for path in paths { self.string(path.string) }
        self.endArray()
    }

    /// An object of its own for an entry, or null.
    mutating func entry(_ entry: Entry?) {
        guard let entry else { return self.null() }
        self.beginObject()
        self.members(of: entry)
        self.endObject()
    }

    /// What a change set's change says, in the form that `POST /v1/changes` takes.
    mutating func change(_ change: Change) {
        self.beginObject()
        self.key("path")
        self.string(change.path.string)
        switch change.action {
        case .put(let entry):
            self.key("put")
            self.entry(entry)
        case .delete(let recursive):
            self.key("delete")
            self.beginObject()
            self.key("recursive")
            self.boolean(recursive)
            self.endObject()
        case .move(let target):
            self.key("move")
            self.beginObject()
            self.key("to")
            self.string(target.string)
            self.endObject()
        }
        self.key("if")
        switch change.precondition {
        case .any: self.string("any")
        case .absent: self.string("absent")
        case .entry(let hash): self.string("entry:\(hash.hex)")
        case .content(let address): self.string("content:\(address.hex)")
        }
        self.endObject()
    }

    /// The members of an object that is open: all that a log header says, and its hash, which the next header names as
    /// its parent.
    mutating func members(of header: LogHeader) {
        self.key("op")
        self.integer(header.op.number)
        self.key("view")
        self.integer(header.view.number)
        self.key("kind")
        self.string(Self.name(of: header.kind))
        self.key("time")
        self.string(Timestamp(microseconds: header.timestampMicroseconds).description)
        self.key("timestamp")
        self.integer(header.timestampMicroseconds)
        self.key("epoch")
        self.integer(header.configurationEpoch)
        self.key("author")
        self.string(header.author)
        self.key("request")
        self.string(header.request.description)
        self.key("hash")
        self.string(header.hash(SHA256.self).hex)
        self.key("parent")
        self.string(header.parent.hex)
        self.key("root")
        self.string(header.root.hex)
        self.key("body")
        self.string(header.body.hex)
        self.key("body_bytes")
        self.integer(header.bodyBytesCount)
        self.key("closure_count")
        self.integer(header.closureCount)
        self.key("closure_bytes")
        self.integer(header.closureBytesCount)
    }

    /// `{"op", "root", "changes", "closure_count", "closure_bytes", "durable_at"}`
    init(receipt: CommitReceipt) {
        self.init(reservingCapacity: 256)
        self.beginObject()
        self.members(of: receipt)
        self.endObject()
    }

    /// The members of an object that is open: what a commit answered.
    mutating func members(of receipt: CommitReceipt) {
        self.key("op")
        self.integer(receipt.op.number)
        self.key("root")
        self.string(receipt.root.hex)
        self.key("changes")
        self.integer(receipt.changesCount)
        self.key("closure_count")
        self.integer(receipt.closureCount)
        self.key("closure_bytes")
        self.integer(receipt.closureBytesCount)
        self.key("durable_at")
        self.beginArray()
        for datacenter in receipt.durableAt { self.string(datacenter.name) }
        self.endArray()
    }

    private static func name(of kind: LogHeader.Kind) -> String {
        switch kind {
        case .genesis: "genesis"
        case .changeSet: "change_set"
        case .noop: "noop"
        case .gcFloor: "gc_floor"
        case .reconfigure: "reconfigure"
        case .policy: "policy"
        }
    }
}
