internal import Hummingbird
internal import TarnCore
internal import TarnMerkle
internal import TarnNode

/// `GET /v1/proofs/<path>`: what stands at a path, with the hashes that lead from there to the root.
struct ProofResource: Sendable {
    let node: any NodeService

    func register(in routes: inout RouteTable) {
        routes.read("/v1/proofs/**", .path(.read)) { request in
            let path = try request.path()
            guard path != .root else { throw Problem(.invalidRequest, "the root directory has no entry to prove") }
            let snapshot = try await self.node.snapshot(at: request.query.selector("at"))
            let proof = snapshot.tree.proof(for: path)
            if let principal = request.principal {
                // That nothing is there is proved by the neighbours, which must not be told to those who may not read
                // them.
                for shown in proof.entries where (try? Access.path(.read).check(principal, path: shown.path)) == nil {
                    throw Problem(
                        .permissionDenied,
                        "the proof for \(path) shows a neighbour that token '\(principal.name)' may not read"
                    )
                }
            }
            return Response(json: Self.json(path, snapshot, proof)).stamped(snapshot)
        }
    }

    private static func json(_ path: NamespacePath, _ snapshot: Snapshot, _ proof: MerkleProof) -> JSONWriter {
        var writer = JSONWriter(reservingCapacity: 8_192)
        writer.beginObject()
        writer.key("op")
        writer.integer(snapshot.op.number)
        writer.key("root")
        writer.string(snapshot.root.hex)
        writer.key("path")
        writer.string(path.string)
        writer.key("entry")
        writer.entry(snapshot.tree[path])
        writer.key("proof")
        writer.string(Hex.encode(proof.encoded()))
        writer.key("hash_bytes")
        writer.integer(proof.hashBytesCount)
        writer.key("parts")
        writer.beginObject()
        writer.key("entries")
        writer.beginArray()
        for shown in proof.entries {
            writer.beginObject()
            writer.key("path")
            writer.string(shown.path.string)
            writer.members(of: shown.entry)
            writer.endObject()
        }
        writer.endArray()
        for (name, steps) in [("left", proof.left), ("right", proof.right), ("shared", proof.shared)] {
            writer.key(name)
            writer.beginArray()
            for step in steps { Self.write(step, to: &writer) }
            writer.endArray()
        }
        writer.endObject()
        writer.endObject()
        return writer
    }

    private static func write(_ step: MerkleProof.Step, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("level")
        writer.integer(step.level)
        writer.key("count")
        writer.integer(step.count)
        writer.key("index")
        writer.integer(step.index)
        writer.key("hashes")
        writer.beginArray()
        for hash in step.hashes { writer.string(hash.hex) }
        writer.endArray()
        writer.key("summary")
        if let summary = step.summary {
            writer.beginObject()
            writer.key("last_key_hash")
            writer.string(summary.lastKeyHash.hex)
            writer.key("entry_count")
            writer.integer(summary.entryCount)
            writer.key("content_bytes")
            writer.integer(summary.contentBytesCount)
            writer.endObject()
        } else {
            writer.null()
        }
        writer.endObject()
    }
}
