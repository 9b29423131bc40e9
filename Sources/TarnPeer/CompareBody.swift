internal import TarnCore
internal import TarnMerkle

/// `compare`: op, root, salt and a question, answered by nothing (equal) or by root and reply.
enum CompareBody {
    static func encode(_ question: TreeQuestion) -> [UInt8] {
        BulkBody.encode(reservingCapacity: 1_024) { writer in
            writer.write(question.op.number)
            writer.write(question.root)
            writer.write(question.salt)
            question.request.encode(into: &writer)
        }
    }

    static func decode(_ body: [UInt8]) throws -> TreeQuestion {
        try BulkBody.decode(body, "comparison") { reader in
            TreeQuestion(
                op: Op(try reader.readUInt64()),
                root: try reader.readDigest(),
                salt: try reader.readUInt64(),
                request: try ComparisonRequest(from: &reader)
            )
        }
    }

    static func encodeReply(_ answer: TreeAnswer) -> [UInt8] {
        BulkBody.encode(reservingCapacity: 1_024) { writer in
            guard case .different(let root, let reply) = answer else { return writer.write(byte: 0) }
            writer.write(byte: 1)
            writer.write(root)
            reply.encode(into: &writer)
        }
    }

    static func decodeReply(_ body: [UInt8]) throws -> TreeAnswer {
        try BulkBody.decode(body, "comparison reply") { reader in
            switch try reader.readByte() {
            case 0: return .equal
            case 1: return .different(root: try reader.readDigest(), try ComparisonReply(from: &reader))
            case let kind: throw PeerError(.malformed, "comparison reply of unknown kind \(kind)")
            }
        }
    }
}
