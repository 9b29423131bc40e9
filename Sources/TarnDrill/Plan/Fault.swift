package import TarnCore

/// One thing that a drill breaks, at datacentres that are named: what the journal keeps, so that anybody can undo it.
package enum Fault: Hashable, Sendable {
    case kill(DatacenterID)
    case pause(DatacenterID)
    /// What `from` sends never reaches `to`.
    case cut(from: DatacenterID, to: DatacenterID)
    case fill(DatacenterID)
    /// The data folder is gone. The node must be down.
    case wipe(DatacenterID)
    /// Stored bytes are damaged. The node must be down.
    case corrupt(DatacenterID)
    case clock(DatacenterID, seconds: Int)

    /// One call of the hook script.
    package struct Call: Hashable, Sendable {
        package let action: HookAction
        package let arguments: [String]

        package init(_ action: HookAction, _ arguments: [String]) {
            self.action = action
            self.arguments = arguments
        }

        package var text: String { ([self.action.rawValue] + self.arguments).joined(separator: " ") }
    }

    /// What breaks it.
    package var injection: Call {
        switch self {
        case .kill(let name): Call(.kill, [name.name])
        case .pause(let name): Call(.pause, [name.name])
        case .cut(let from, let to): Call(.cut, [from.name, to.name])
        case .fill(let name): Call(.fill, [name.name])
        case .wipe(let name): Call(.wipe, [name.name])
        case .corrupt(let name): Call(.corrupt, [name.name])
        case .clock(let name, let seconds): Call(.clock, [name.name, String(seconds)])
        }
    }

    /// What undoes it. A lost folder and damaged bytes need a node that runs: the cluster itself brings them back.
    package var healing: Call {
        switch self {
        case .kill(let name), .wipe(let name), .corrupt(let name): Call(.start, [name.name])
        case .pause(let name): Call(.resume, [name.name])
        case .cut(let from, let to): Call(.mend, [from.name, to.name])
        case .fill(let name): Call(.free, [name.name])
        case .clock(let name, _): Call(.clock, [name.name, "0"])
        }
    }

    /// The node that must not answer any more as soon as this is done; nil where it goes on.
    package var endsAnswersOf: DatacenterID? {
        switch self {
        case .kill(let name), .pause(let name): name
        case .cut, .fill, .wipe, .corrupt, .clock: nil
        }
    }

    /// `kill dc1`: what the injection's call says, and what ``init(text:)`` reads.
    package var text: String { self.injection.text }

    /// Reads what ``text`` says; nil for anything else.
    package init?(text: String) {
        let words = text.split(separator: " ").map(String.init)
        let names = words.dropFirst().compactMap { try? DatacenterID($0) }
        guard let action = words.first.flatMap({ HookAction(rawValue: $0) }), let first = names.first else {
            return nil
        }
        switch (action, words.count) {
        case (.kill, 2): self = .kill(first)
        case (.pause, 2): self = .pause(first)
        case (.fill, 2): self = .fill(first)
        case (.wipe, 2): self = .wipe(first)
        case (.corrupt, 2): self = .corrupt(first)
        case (.cut, 3) where names.count == 2: self = .cut(from: first, to: names[1])
        case (.clock, 3):
            guard let seconds = Int(words[2]) else { return nil }
            self = .clock(first, seconds: seconds)
        default: return nil
        }
    }
}
