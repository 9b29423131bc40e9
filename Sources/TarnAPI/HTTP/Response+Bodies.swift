internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import TarnCore
internal import TarnNode

extension Response {
    /// What `writer` holds, as `application/json`.
    init(json writer: JSONWriter, status: HTTPResponse.Status = .ok) {
        self.init(json: writer.bytes, status: status)
    }

    /// JSON that is written already.
    init(json bytes: [UInt8], status: HTTPResponse.Status = .ok) {
        self.init(
            status: status,
            headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        )
    }

    /// Bytes of no further meaning.
    init(bytes: some Sequence<UInt8>, status: HTTPResponse.Status = .ok) {
        self.init(
            status: status,
            headers: [.contentType: "application/octet-stream"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        )
    }

    /// Says which state was read or written. The first one to say so is right: it knows what it read.
    mutating func stamp(op: Op, root: Digest) {
        guard self.headers[.tarnOp] == nil else { return }
        self.headers[.tarnOp] = String(op.number)
        self.headers[.tarnRoot] = root.hex
    }

    func stamped(_ snapshot: Snapshot) -> Response {
        var response = self
        response.stamp(op: snapshot.op, root: snapshot.root)
        return response
    }

    func stamped(_ receipt: CommitReceipt) -> Response {
        var response = self
        response.stamp(op: receipt.op, root: receipt.root)
        return response
    }
}
