internal import Synchronization
internal import TarnCore

/// What a drill has broken and not healed yet, on disk before it is broken: so that a drill that is itself killed
/// leaves a cluster that can be healed.
final class DrillJournal: Sendable {
    /// What the file holds.
    struct Content: Hashable, Sendable {
        let id: String
        let scenario: String
        /// The hook script and the client's configuration that it was given.
        let hook: String
        let configuration: String
        /// Who led before anything was broken.
        let primary: String
        /// In the order of injection; what was healed is taken out.
        var faults: [Fault] = []
    }

    private let folder: DrillFolder
    private let state: Mutex<Content>

    init(_ content: Content, in folder: DrillFolder) {
        self.folder = folder
        self.state = Mutex(content)
    }

    var content: Content { self.state.withLock { $0 } }

    /// Notes `fault`, durably, before it is injected.
    func note(_ fault: Fault) throws {
        self.state.withLock { $0.faults.append(fault) }
        try self.save()
    }

    /// Takes out a fault that is healed.
    func remove(_ fault: Fault) throws {
        self.state.withLock { content in content.faults.removeAll { $0 == fault } }
        try self.save()
    }

    func save() throws {
        try self.folder.write(self.content.json, as: "journal.json", of: self.content.id)
    }
}

extension DrillJournal.Content {
    var json: JSONValue {
        [
            "id": .string(self.id), "scenario": .string(self.scenario), "hook": .string(self.hook),
            "configuration": .string(self.configuration), "primary": .string(self.primary),
            "faults": .array(self.faults.map { .string($0.text) }),
        ]
    }

    init?(json: JSONValue) {
        guard let id = json["id"]?.string, let scenario = json["scenario"]?.string, let hook = json["hook"]?.string,
            let configuration = json["configuration"]?.string, let primary = json["primary"]?.string
        else { return nil }
        let texts = (json["faults"]?.items ?? []).compactMap(\.string)
        let faults = texts.compactMap { Fault(text: $0) }
        guard faults.count == texts.count else { return nil }
        self.init(
            id: id,
            scenario: scenario,
            hook: hook,
            configuration: configuration,
            primary: primary,
            faults: faults
        )
    }
}
