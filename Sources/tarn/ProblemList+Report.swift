internal import ArgumentParser
internal import TarnClient

extension ProblemList {
    /// Names every problem on standard error, and throws the exit code 1 when there is one.
    func report() throws {
        guard !self.isEmpty else { return }
        for problem in self.problems {
            Console.error("tarn: skipped \(TextTable.printable(problem.path)): \(problem.reason)")
        }
        if self.count > self.problems.count {
            Console.error("tarn: … and \(HumanText.count(UInt64(self.count - self.problems.count))) more")
        }
        throw ExitCode(ClientError.Code.failed.rawValue)
    }
}
