internal import ArgumentParser

/// `tarn catalog`: what the namespace holds, asked in SQL or in words.
struct CatalogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "catalog",
        abstract: "Query the catalog in SQL, or search it for words.",
        subcommands: [CatalogQueryCommand.self, CatalogSearchCommand.self]
    )
}
