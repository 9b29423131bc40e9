import Dispatch
import Foundation
import Glibc
import Synchronization
import TarnTestKit
import Testing

/// Histories of real clients while nodes are killed, paused and cut off, judged by a checker. `TARN_LONG=1` takes two
/// minutes; `TARN_SEED` repeats a run's faults.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct LinearizabilityTests {
    private static let isLong = ProcessInfo.processInfo.environment["TARN_LONG"] == "1"
    private static let seconds: Double = isLong ? 120 : 15
    private static let registersCount = 3
    private static let clientsCount = 6

    @Test func `reads and writes stay linearizable under kills, pauses and partitions`() throws {
        let (cluster, network) = try ProcessNetwork.startCluster()
        defer {
            cluster.stop()
            network.stop()
        }
        let recorder = Recorder()
        for register in 0..<Self.registersCount {
            #expect(try recorder.write("first", register: register, client: 0, cluster) == 0)
        }
        let seed = ProcessInfo.processInfo.environment["TARN_SEED"].flatMap { UInt64($0) } ?? .random(in: 0...9_999)
        let end = Date().addingTimeInterval(Self.seconds)
        let clients = (1...Self.clientsCount).map { client in
            let thread = Thread { Self.run(client, seed: seed, until: end, recorder, cluster) }
            thread.start()
            return thread
        }
        var faults: [String] = []
        var random = SplitMix64(seed: seed)
        while Date() < end { faults.append(try Self.disturb(&random, cluster, network)) }
        // A client ends with its last request, which may take up to two minutes.
        #expect(Polling.holds(within: 150) { clients.allSatisfy(\.isFinished) }, "clients do not end")
        try cluster.converge()
        for register in 0..<Self.registersCount {
            #expect(try recorder.read(register: register, client: 0, dc: nil, cluster) == 0)
        }
        for name in ProcessCluster.names { try cluster.done("verify", "--dc", name) }
        let histories = recorder.histories
        for (register, history) in histories.sorted(by: { $0.key < $1.key }) {
            let verdict = LinearizabilityChecker().check(history)
            #expect(verdict == .linearizable, "register \(register), seed \(seed), \(faults): \(verdict)")
        }
        let all = histories.values.flatMap(\.self)
        let open = all.filter { $0.end == nil }.count
        print("linearizable: \(all.count) operations, \(open) open, seed \(seed), \(faults.count) faults: \(faults)")
        #expect(all.count > 50, "too few operations to judge anything by")
    }

    /// Breaks one thing for a while and mends it.
    private static func disturb(
        _ random: inout SplitMix64,
        _ cluster: ProcessCluster,
        _ network: ProcessNetwork
    ) throws -> String {
        let name = random.pick(ProcessCluster.names)
        let other = random.pick(ProcessCluster.names.filter { $0 != name })
        let seconds = Double(random.within(500...3_000)) / 1_000
        func wait() { Thread.sleep(forTimeInterval: seconds) }
        switch random.below(5) {
        case 0:
            cluster.kill(name)
            wait()
            try cluster.start(name)
            return "kill \(name)"
        case 1:
            cluster.signal(name, SIGSTOP)
            wait()
            cluster.signal(name, SIGCONT)
            return "pause \(name)"
        case 2:
            try network.order("isolate \(name)")
            wait()
            try network.order("heal")
            return "isolate \(name)"
        case 3:
            try network.order("cut \(name) \(other)")
            wait()
            try network.order("heal")
            return "cut \(name) \(other)"
        default:
            try network.order("delay * * \(random.within(1...40)) 20")
            wait()
            try network.order("heal")
            return "delay"
        }
    }

    /// One client: reads and writes in turn by chance, by whatever datacentre it is told.
    private static func run(
        _ client: Int,
        seed: UInt64,
        until end: Date,
        _ recorder: Recorder,
        _ cluster: ProcessCluster
    ) {
        var random = SplitMix64(seed: seed &* 31 &+ UInt64(client))
        var count = 0
        while Date() < end {
            count += 1
            let register = random.below(self.registersCount)
            if random.chance(percent: 45) {
                _ = try? recorder.write("\(client)-\(count)", register: register, client: client, cluster)
            } else {
                let dc = random.chance(percent: 50) ? random.pick(ProcessCluster.names) : nil
                _ = try? recorder.read(register: register, client: client, dc: dc, cluster)
            }
        }
    }

    /// What the clients saw.
    private final class Recorder: Sendable {
        private let state: Mutex<[Int: [RegisterOperation]]> = Mutex([:])

        var histories: [Int: [RegisterOperation]] { self.state.withLock { $0 } }

        /// A write that did not succeed stays open: it may have been ordered.
        func write(_ value: String, register: Int, client: Int, _ cluster: ProcessCluster) throws -> Int32 {
            let start = DispatchTime.now().uptimeNanoseconds
            let result = try cluster.tryToPut(value, at: Self.path(register))
            let end = result.status == 0 ? DispatchTime.now().uptimeNanoseconds : nil
            self.note(RegisterOperation(client: client, kind: .write(value), start: start, end: end), register)
            return result.status
        }

        func read(register: Int, client: Int, dc: String?, _ cluster: ProcessCluster) throws -> Int32 {
            let start = DispatchTime.now().uptimeNanoseconds
            let choice = dc.map { ["--dc", $0] } ?? []
            let result = try cluster.tarn(["cat", Self.path(register), "--read", "linearizable"] + choice)
            guard result.status == 0 else { return result.status }
            let end = DispatchTime.now().uptimeNanoseconds
            self.note(RegisterOperation(client: client, kind: .read(result.output), start: start, end: end), register)
            return 0
        }

        private func note(_ operation: RegisterOperation, _ register: Int) {
            self.state.withLock { $0[register, default: []].append(operation) }
        }

        private static func path(_ register: Int) -> String { "/workspace/registers/\(register).txt" }
    }
}
