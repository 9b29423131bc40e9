internal import Foundation
package import TarnCore

/// `/meta/policy/retention.json`: which old states are kept. `{"every_op_days": 30, "daily_days": 365}`; what is
/// missing is as standard.
package struct RetentionDocument: Codable, Hashable, Sendable {
    package let everyOpDays: Int?
    package let dailyDays: Int?

    private enum CodingKeys: String, CodingKey {
        case everyOpDays = "every_op_days"
        case dailyDays = "daily_days"
    }

    /// Where it stands in the namespace.
    package static let path = NamespacePath(unchecked: Array("/meta/policy/retention.json".utf8))

    /// Throws ``NodeError`` `invalidRequest` when `bytes` are not such a document: nothing is removed by a policy that
    /// nobody understands.
    package init(json bytes: [UInt8]) throws(NodeError) {
        do {
            self = try JSONDecoder().decode(RetentionDocument.self, from: Data(bytes))
        } catch {
            throw NodeError(.invalidRequest, "\(Self.path) is no retention policy: \(error)")
        }
        for days in [self.everyOpDays, self.dailyDays] where days.map({ $0 < 0 }) ?? false {
            throw NodeError(.invalidRequest, "\(Self.path): days are 0 or more")
        }
    }

    package var policy: RetentionPolicy {
        let standard = RetentionPolicy.standard
        return RetentionPolicy(
            everyOpDays: self.everyOpDays ?? standard.everyOpDays,
            dailyDays: self.dailyDays ?? standard.dailyDays
        )
    }
}
