internal import Synchronization
internal import TarnCore
internal import TarnCrypto
internal import TarnNode

/// Makes ids of new documents in the forms that Databricks gives them. All ascend with time, so that the order of ids
/// is the order of creation.
enum DocumentID: Sendable {
    /// Sixteen digits, for what clients read as a 64-bit number.
    case number
    /// `019a0b1c-…`, with the time in front (RFC 9562, version 7).
    case uuid
    /// Sixteen hex digits.
    case hex
    /// `1121-073000-0a1b2c3d`, as clusters have.
    case dated
    /// `pool-…`: the name of a kind before the hex digits.
    case prefixed(String)

    /// The newest number that this process gave out.
    private static let lastNumber = Mutex<UInt64>(0)

    func make() throws -> String {
        let microseconds = WallClock.microseconds()
        let random = try SecureRandom.bytes(count: 10)
        let milliseconds = microseconds / 1_000
        switch self {
        case .number:
            let number = milliseconds << 10 | (UInt64(random[0]) << 2 | UInt64(random[1] >> 6))
            // Ten random bits meet again where many documents are made in one millisecond, as when a primary comes
            // back.
            let next = Self.lastNumber.withLock { last in
                last = max(number, last + 1)
                return last
            }
            return String(next)
        case .uuid:
            var bytes = (0..<6).map { UInt8(truncatingIfNeeded: milliseconds >> (40 - 8 * UInt64($0))) } + random
            bytes[6] = bytes[6] & 0x0f | 0x70
            bytes[8] = bytes[8] & 0x3f | 0x80
            let text = Hex.encode(bytes)
            var parts: [Substring] = []
            var rest = text[...]
            for count in [8, 4, 4, 4, 12] {
                parts.append(rest.prefix(count))
                rest = rest.dropFirst(count)
            }
            return parts.joined(separator: "-")
        case .hex:
            return Self.hex(milliseconds, random)
        case .dated:
            let digits = Timestamp(microseconds: microseconds).description.filter(\.isNumber)
            let day = digits.dropFirst(4).prefix(4)
            let time = digits.dropFirst(8).prefix(6)
            return "\(day)-\(time)-\(Hex.encode(random.prefix(4)))"
        case .prefixed(let prefix):
            return "\(prefix)-\(Self.hex(milliseconds, random))"
        }
    }

    private static func hex(_ milliseconds: UInt64, _ random: [UInt8]) -> String {
        let bytes = (0..<6).map { UInt8(truncatingIfNeeded: milliseconds >> (40 - 8 * UInt64($0))) }
        return Hex.encode(bytes + random.prefix(2))
    }
}
