internal import ArgumentParser
internal import TarnClient
internal import TarnCore
internal import TarnDrill

/// `tarn drill rehearse`: the scenario in the simulator, before it is run for real.
struct DrillRehearseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rehearse",
        abstract:
            "Predict the recovery of a scenario: the simulator, with the cluster's measured round trips and disks.",
        discussion: """
            Nothing is touched. The simulator runs the same protocol on a virtual network, in steps of 2 ms; blobs are small there, so \
            the time to complete large ones is not in the prediction.
            """
    )

    @OptionGroup var options: GlobalOptions

    @Option(help: "Seeds to play.")
    var seeds = ScenarioRehearsal.seedsDefault

    @Option(help: "Writes a second of the drill that is predicted.")
    var rate = DrillSettings.rateDefault

    @Argument(help: "The scenario, S1 to S15.")
    var scenario: String

    func run() async throws {
        let scenario = try DrillSession.scenario(self.scenario)
        guard (1...100_000).contains(self.seeds) else {
            throw ClientError(.usage, "--seeds \(self.seeds) is not between 1 and 100000")
        }
        var settings = DrillSettings(scenario: scenario)
        settings.rate = self.rate
        try await DrillSession.run(self.options) { [settings] session in
            try DrillSession.check(settings)
            let conditions = await ClusterConditions.measure(session.cluster)
            let simulated = conditions.simulated(writesPerSecond: settings.rate)
            guard let rehearsal = ScenarioRehearsal(scenario, conditions: simulated) else {
                throw ClientError(.rejected, "\(scenario.id) breaks what the simulator does not model")
            }
            let prediction = await rehearsal.run(seeds: self.seeds)
            if session.isJSON {
                let document: JSONValue = ["scenario": .string(scenario.id), "predicted": prediction.json]
                return try Console.line(document.json)
            }
            var table = TextTable([
                ("REACHED AFTER THE FAULT", .left), ("P10", .right), ("P50", .right), ("P90", .right), ("MAX", .right),
            ])
            for phase in prediction.phases { table.append(Self.row(phase.name.title, phase.spread)) }
            table.append(Self.row("RTO", prediction.total))
            let trip = HumanText.seconds((conditions.roundTripMilliseconds.max() ?? 0) / 1_000)
            let failed = prediction.failuresCount == 0 ? "all recovered" : "\(prediction.failuresCount) did not recover"
            try Console.write(
                "\(scenario.id) \(scenario.title): \(self.seeds) seeds, round trip \(trip), \(failed)\n\(table.text)"
            )
        }
    }

    private static func row(_ name: String, _ spread: Prediction.Spread) -> [String] {
        [name] + [spread.p10, spread.p50, spread.p90, spread.max].map { "\(Int($0)) ms" }
    }
}
