internal import TarnCore

/// One node or entry of a frontier.
struct FrontierMember {
    let digest: Digest
    let firstKey: [UInt8]
    let lastKey: [UInt8]
}
