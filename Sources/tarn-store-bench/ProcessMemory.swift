import Foundation

/// What this process has used, as the kernel says.
enum ProcessMemory {
    private static var usage: rusage {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage
    }

    /// The largest resident size so far.
    static var peakBytesCount: Int { Int(self.usage.ru_maxrss) << 10 }

    /// User and system time of all threads.
    static var cpuSeconds: Double {
        let usage = self.usage
        return [usage.ru_utime, usage.ru_stime].reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 }
    }
}

extension Duration {
    var seconds: Double { Double(self.components.seconds) + Double(self.components.attoseconds) / 1e18 }
}
