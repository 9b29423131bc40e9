internal import ArgumentParser
internal import TarnClient
internal import TarnCore

/// `tarn receipt`: who holds an op, signed.
struct ReceiptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "receipt",
        abstract: "Print a signed receipt: which datacentres hold an op and every blob that it names.",
        discussion: "Check it offline with: tarn verify --receipt FILE --genesis genesis.bin"
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The op.")
    var op: UInt64

    func run() async throws {
        try await ClientSession.run(self.options) { session in
            let target = "/v1/receipts/\(self.op)"
            let request = TransportRequest(.get, target, deadlineMilliseconds: Limits.clientDeadlineMilliseconds)
            try Console.write(bytes: try await session.client.read(request).body + [0x0a])
        }
    }
}
