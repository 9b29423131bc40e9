internal import ArgumentParser

/// `tarn orphans`: what a deposed primary had ordered and nobody committed.
struct OrphansCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "orphans",
        abstract: "List, show, compare, replay or discard change sets that a deposed primary left behind.",
        discussion: """
            No client was told that an orphan committed. Its content stays at the datacentre that held it until \
            somebody decides; the decision is a document in the log: /meta/orphan/HASH.json.
            """,
        subcommands: [
            OrphansListCommand.self, OrphansShowCommand.self, OrphansDiffCommand.self, OrphansReplayCommand.self,
            OrphansDiscardCommand.self,
        ],
        defaultSubcommand: OrphansListCommand.self
    )
}
