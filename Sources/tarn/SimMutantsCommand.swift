internal import ArgumentParser
internal import TarnClient
internal import TarnSimulator

/// `tarn sim mutants`: planted mistakes, and how many seeds it takes until the checkers see each.
struct SimMutantsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mutants",
        abstract: "Plant known mistakes and count the seeds until each is found; exit code 1 when one is not."
    )

    @Option(help: "Give up on a mutant after so many seeds.")
    var seeds: Int = 500

    @Flag(help: "Print what was found wrong with each.")
    var findings = false

    func validate() throws {
        guard self.seeds > 0 else { throw ValidationError("--seeds \(self.seeds) is not at least 1") }
    }

    func run() async throws {
        var table = TextTable([("MUTANT", .left), ("MISTAKE", .left), ("SEEDS", .right)])
        var findings = ""
        var survivors = 0
        for mutant in Mutant.allCases {
            let row = MutantBoard.row(of: mutant, seedsMax: self.seeds)
            if row.seedsCount == nil { survivors += 1 }
            table.append([mutant.rawValue, mutant.summary, row.seedsCount.map(String.init) ?? "not found"])
            findings += "\(mutant.rawValue): \(row.failure ?? "survives")\n"
        }
        try Console.write(table.text + (self.findings ? findings : ""))
        if survivors > 0 { throw ExitCode.failure }
    }
}
