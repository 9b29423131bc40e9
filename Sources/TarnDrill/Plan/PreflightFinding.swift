package import TarnCore

/// One thing that was looked at before a drill, and whether it stands in the way.
package struct PreflightFinding: Hashable, Sendable {
    package let check: String
    /// What was found.
    package let detail: String
    package let isReady: Bool

    package init(_ check: String, _ detail: String, isReady: Bool) {
        self.check = check
        self.detail = detail
        self.isReady = isReady
    }

    package var json: JSONValue {
        ["check": .string(self.check), "detail": .string(self.detail), "ready": .boolean(self.isReady)]
    }
}
