/// Bytes to and from one peer since the start, before encryption, for each class of connection.
package struct PeerTraffic: Hashable, Sendable {
    package struct Count: Hashable, Sendable {
        package let sentBytesCount: UInt64
        package let receivedBytesCount: UInt64
    }

    package let control: Count
    package let bulk: Count
}
