import Foundation
import Testing

/// The simulator in the shipped binary.
@Suite
struct SimulatorProcessTests {
    @Test(arguments: [UInt64(7), 42, 1_000])
    func `two processes that run the same seed print the same digest`(seed: UInt64) throws {
        let first = try Self.run(["sim", "run", "--seed", String(seed)])
        let second = try Self.run(["sim", "run", "--seed", String(seed)])
        #expect(first.contains("digest"))
        #expect(first == second)
    }

    @Test func `two processes that run the same two hundred seeds do the same`() throws {
        let arguments = ["sim", "run", "--seeds", "200", "--from", "500"]
        let first = try Self.run(arguments)
        #expect(first.contains("200 seeds, 0 failed"))
        #expect(first == (try Self.run(arguments)))
    }

    @Test(arguments: [
        ["run", "--seeds", "0"], ["run", "--seeds", "2", "--from", "18446744073709551615"],
        ["run", "--minutes", "nan"], ["run", "--events", "crash@1"],
        ["mutants", "--seeds", "0"], ["mutants", "--seeds=-1"],
    ])
    func `seeds that are none are wrong usage, not a run without a failure`(arguments: [String]) throws {
        _ = try Self.run(["sim"] + arguments, status: 2)
    }

    private static func run(_ arguments: [String], status: Int32 = 0) throws -> String {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = ProcessCluster.binary
        process.arguments = arguments
        process.standardOutput = pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let bytes = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(process.terminationReason == .exit && process.terminationStatus == status, "\(arguments)")
        return String(decoding: bytes, as: UTF8.self)
    }
}
