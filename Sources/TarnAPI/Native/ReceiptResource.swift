internal import Hummingbird
internal import TarnCore
internal import TarnNode

/// `GET /v1/receipts/<op>`: who holds a committed op and all its blobs, signed.
struct ReceiptResource: Sendable {
    let node: any NodeService

    func register(in routes: inout RouteTable) {
        routes.read("/v1/receipts/{}", .whole(.read)) { request in
            let text = try request.parameter()
            guard let number = UInt64(text) else {
                throw Problem(.invalidRequest, "'\(text)' is no op number")
            }
            return Response(json: Self.json(try await self.node.receipt(of: Op(number))))
        }
    }

    private static func json(_ receipt: DurabilityReceipt) -> JSONWriter {
        var writer = JSONWriter(reservingCapacity: 768)
        writer.beginObject()
        writer.key("cluster")
        writer.string(receipt.cluster)
        writer.key("op")
        writer.integer(receipt.op.number)
        writer.key("entry")
        writer.string(receipt.entry.hex)
        writer.key("root")
        writer.string(receipt.root.hex)
        writer.key("closure_count")
        writer.integer(receipt.closureCount)
        writer.key("closure_bytes")
        writer.integer(receipt.closureBytesCount)
        writer.key("signatures")
        writer.beginArray()
        for signature in receipt.signatures {
            writer.beginObject()
            writer.key("dc")
            writer.string(signature.datacenter.name)
            writer.key("signature")
            writer.string(Hex.encode(signature.bytes))
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer
    }
}
