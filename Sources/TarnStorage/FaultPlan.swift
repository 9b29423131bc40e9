/// When a ``FaultyStorage`` fails, and how.
package struct FaultPlan: Sendable {
    /// How a step fails.
    package enum Fault: Hashable, Sendable {
        case noSpace
        case inputOutput
        /// Half of the bytes are written, then the call fails.
        case shortWrite
        /// A write succeeds and lands that many bytes further on, or back.
        case misdirectedWrite(by: Int)
        /// A write succeeds and writes nothing.
        case lostWrite
        /// A write succeeds with one bit in its middle changed.
        case flippedBit
        /// The power goes: half of the bytes are written, and every later call throws `crashed`.
        case crash
    }

    /// What happens to a write that fails silently, or nil for a fault that its caller is told.
    enum SilentWrite {
        case moved(Int)
        case dropped
        case damaged

        init?(_ fault: Fault?) {
            switch fault {
            case .misdirectedWrite(let distance): self = .moved(distance)
            case .lostWrite: self = .dropped
            case .flippedBit: self = .damaged
            case .noSpace, .inputOutput, .shortWrite, .crash, nil: return nil
            }
        }
    }

    /// What a crash forgets.
    package enum Loss: Hashable, Sendable {
        /// Everything that was not made durable.
        case everything
        /// Nothing: all that was written reached the disk.
        case nothing
        /// Any part of what was not made durable, sector by sector and name by name.
        case random(seed: UInt64)
    }

    /// A range of a file that cannot be read.
    package struct BadSector: Hashable, Sendable {
        package let path: String
        package let range: Range<Int>

        package init(path: String, range: Range<Int>) {
            self.path = path
            self.range = range
        }
    }

    /// What happens instead of the step with this number.
    package var faults: [Int: Fault]
    /// What happens at every step from this number on, unless `faults` says otherwise.
    package var fromStep: (number: Int, fault: Fault)?
    /// What cannot be read.
    package var badSectors: [BadSector]

    package init(faults: [Int: Fault] = [:], fromStep: (number: Int, fault: Fault)? = nil, badSectors: [BadSector] = [])
    {
        self.faults = faults
        self.fromStep = fromStep
        self.badSectors = badSectors
    }

    func fault(at step: Int) -> Fault? {
        if let fault = self.faults[step] { return fault }
        guard let fromStep, step >= fromStep.number else { return nil }
        return fromStep.fault
    }

    func isReadable(_ path: String, _ range: Range<Int>) -> Bool {
        !self.badSectors.contains { $0.path == path && $0.range.overlaps(range) }
    }
}
