package import Logging
package import TarnCore

/// Where the request that is being answered came from: what logs and the audit log say beside its author.
///
/// It follows a request from the API down to the commit as a task-local value, for nothing in between depends on it.
package struct RequestOrigin: Sendable {
    /// The origin of the request that the current task answers, or nil for the node's own work.
    @TaskLocal package static var current: RequestOrigin?

    /// The client's network address, or empty when nothing is known of it.
    package let source: String
    package let trace: TraceContext?
    /// Whether another node of this cluster passed the request on, and vouches for ``source``.
    package let isForwarded: Bool

    package init(source: String, trace: TraceContext?, isForwarded: Bool = false) {
        self.source = source
        self.trace = trace
        self.isForwarded = isForwarded
    }

    /// The level of lines that tell of every request: requests of recorded traces are wanted in the log.
    package var logLevel: Logger.Level { self.trace?.isSampled == true ? .info : .debug }

    /// What each line about the request holds, so that lines of several nodes can be joined.
    package func metadata(of request: RequestID) -> Logger.Metadata {
        var metadata: Logger.Metadata = ["request.id": "\(request)"]
        if !self.source.isEmpty { metadata["source"] = "\(self.source)" }
        if let trace = self.trace {
            metadata["trace.id"] = "\(trace.traceID)"
            metadata["span.id"] = "\(trace.spanID)"
        }
        return metadata
    }
}
