package import TarnCore

extension Limits {
    /// What one bulk reply carries, but for a single record that is larger.
    package static let peerBatchBytesMax = 4 << 20
    /// One request or reply between peers: a batch, or a log entry with its inline blobs, and framing.
    package static let peerBodyBytesMax = 8 << 20 + 64 << 10
    /// What the entries of one request or reply may take once decoded.
    package static let peerDecodedBytesMax = 64 << 20
    package static let peerMessagesMax = 4_096
    package static let peerHeadsMax = 16
    package static let peerTroubleBytesMax = 1_024
    /// Headers in a vote or in the log of a view: more than any member may have uncommitted.
    package static let peerSuffixMax = 4_096
    package static let peerAcknowledgementsMax = 65_536
    /// Blobs whose raw content one blob may need.
    package static let storedBlobBasesMax = 3
    /// Encoded bytes of one blob: what does not shrink is stored raw, so this leaves room for a frame's header only.
    package static let storedBlobBytesMax = blobBytesMax + 64 << 10
    /// Bytes of one delivery on the control connection; a larger one goes with bulk transfer.
    package static let controlBytesMax = 64 << 10
}
