internal import ArgumentParser
internal import TarnClient
internal import TarnCore
internal import TarnDrill

/// `tarn drill report`: what a drill showed.
struct DrillReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Show the report of a drill, the newest one unless another is named."
    )

    @OptionGroup var options: GlobalOptions

    @Option(help: ArgumentHelp("Write one self-contained page to this file.", valueName: "file"))
    var html: String?

    @Flag(name: .customLong("md"), help: "Print Markdown.")
    var markdown = false

    @Argument(help: "The drill's id.")
    var id: String?

    func run() async throws {
        try await DrillSession.run(self.options) { session in
            let report = try await session.report(self.id)
            if let html = self.html {
                try FileContent.publish(Array(ReportPage(report).text.utf8), at: html, isDurable: false)
                Console.error("tarn: wrote \(html)")
                return
            }
            if session.isJSON { return try Console.line(report.json.json) }
            try Console.write(self.markdown ? ReportMarkdown(report).text : DrillText.summary(report))
        }
    }
}
