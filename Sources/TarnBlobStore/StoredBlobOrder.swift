internal import TarnCore

/// Puts blobs into an order in which each comes behind the ones it is a difference to.
enum StoredBlobOrder {
    /// `blobs` reordered, each address once. Throws `invalid` when some are differences to each other in a circle.
    static func sorted(_ blobs: [StoredBlob]) throws -> [StoredBlob] {
        guard blobs.contains(where: { !$0.bases.isEmpty }) else { return blobs }
        let positions = Dictionary(blobs.enumerated().map { ($1.address, $0) }, uniquingKeysWith: { first, _ in first })
        var out: [StoredBlob] = []
        out.reserveCapacity(blobs.count)
        var states = [State](repeating: .unseen, count: blobs.count)
        for start in blobs.indices where positions[blobs[start].address] == start && states[start] == .unseen {
            var path = [start]
            states[start] = .entered
            while let position = path.last {
                var isBlocked = false
                for base in blobs[position].bases {
                    guard let next = positions[base], states[next] != .placed else { continue }
                    guard states[next] == .unseen else {
                        let address = blobs[next].address
                        throw StoreError(.invalid, "blob \(address) is a difference to itself", address: address)
                    }
                    states[next] = .entered
                    path.append(next)
                    isBlocked = true
                    break
                }
                guard !isBlocked else { continue }
                states[position] = .placed
                out.append(blobs[position])
                path.removeLast()
            }
        }
        return out
    }

    private enum State {
        case unseen
        /// On the path that is being followed.
        case entered
        case placed
    }
}
