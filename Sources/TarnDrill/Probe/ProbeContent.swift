internal import TarnClient
internal import TarnCore

/// The files that the probes of one drill write and read.
struct ProbeContent: Sendable {
    /// As large as a short notebook.
    static let bytesCount = 1_024

    let drillID: String

    /// The folder of all of them, which is removed at the end.
    var folder: String { "/volumes/tarn/drill/\(self.drillID)" }

    /// The request id of write `number`. One client a file, so that the cluster remembers enough requests of each.
    func request(of number: UInt64) -> String { "drill-\(self.drillID)-\(SlotBook.slot(of: number))/\(number)" }

    func path(slot: UInt64) -> String { "\(self.folder)/\(slot).txt" }

    /// What write `number` puts there: no two are equal.
    func bytes(of number: UInt64) -> [UInt8] {
        var bytes = Array("\(number) written by drill \(self.drillID)\n".utf8)
        var state = number &* 0x9e37_79b9_7f4a_7c15 | 1
        while bytes.count < Self.bytesCount {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            bytes.append(UInt8(0x61 + state % 26))
        }
        return bytes
    }

    /// Deletes the folder with all that the probes wrote.
    func removeFiles(by client: TarnHTTPClient) async throws {
        let request = TransportRequest(
            .delete,
            PercentEncoding.target("/v1/content", try NamespacePath(self.folder), query: [("recursive", "true")]),
            deadlineMilliseconds: Limits.clientDeadlineMilliseconds
        )
        do {
            _ = try await client.commit(request)
        } catch let error as ClientError where error.isNotFound {
            // Nothing was written before the drill ended.
        }
    }

    /// Which write left `bytes`; nil when none did.
    func number(of bytes: [UInt8]) -> UInt64? {
        let digits = bytes.prefix { (0x30...0x39).contains($0) }
        guard let number = UInt64(String(decoding: digits, as: UTF8.self)), self.bytes(of: number) == bytes else {
            return nil
        }
        return number
    }
}
