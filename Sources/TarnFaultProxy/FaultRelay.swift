internal import NIOCore

/// Hands what one end of a connection sends to the other end, as late and as slowly as the line says.
///
/// Both ends are on one event loop. Bytes keep their order whatever changes meanwhile.
final class FaultRelay: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// What waits here at most before the sender is held up: enough for 1 Gbit/s at 250 ms.
    private static let waitingBytesMax = 32 << 20
    /// How soon a change of the faults is noticed.
    private static let checkInterval = TimeAmount.milliseconds(10)

    private let line: FaultLine
    private let resets: UInt64
    /// The other end, once it is connected.
    var peer: (any Channel)?
    private var waiting: CircularBuffer<(buffer: ByteBuffer, due: NIODeadline)> = []
    private var waitingBytesCount = 0
    private var lastDue = NIODeadline.uptimeNanoseconds(0)
    private var isReading = false
    private var isScheduled = false
    private var isEnded = false

    init(line: FaultLine) {
        self.line = line
        self.resets = line.resets
    }

    func channelActive(context: ChannelHandlerContext) {
        self.read(context)
        self.schedule(context, at: .now() + Self.checkInterval)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = self.unwrapInboundIn(data)
        if self.line.isStruck() { return self.end(context) }
        self.lastDue = max(self.lastDue, self.line.arrival(of: buffer.readableBytes, now: .now()))
        self.waiting.append((buffer, self.lastDue))
        self.waitingBytesCount += buffer.readableBytes
        self.deliver(context)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        self.isReading = false
        self.read(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.isEnded = true
        self.deliver(context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.end(context)
    }

    /// Reads on, unless so much waits that the sender is to notice.
    private func read(_ context: ChannelHandlerContext) {
        guard !self.isReading, !self.isEnded, self.waitingBytesCount < Self.waitingBytesMax,
            !self.line.isCongested(now: .now())
        else { return }
        self.isReading = true
        context.read()
    }

    private func end(_ context: ChannelHandlerContext) {
        self.isEnded = true
        self.waiting.removeAll()
        self.waitingBytesCount = 0
        self.peer?.close(promise: nil)
        context.close(promise: nil)
    }

    private func deliver(_ context: ChannelHandlerContext) {
        if self.line.resets != self.resets { return self.end(context) }
        let isCut = self.line.faults.isCut
        if let peer, !isCut {
            let now = NIODeadline.now()
            var hasWritten = false
            while let first = self.waiting.first, first.due <= now {
                self.waiting.removeFirst()
                self.waitingBytesCount -= first.buffer.readableBytes
                peer.write(first.buffer, promise: nil)
                hasWritten = true
            }
            if hasWritten { peer.flush() }
            if self.isEnded, self.waiting.isEmpty { return peer.close(promise: nil) }
        }
        self.read(context)
        let check = NIODeadline.now() + Self.checkInterval
        // What is due and has nowhere to go yet must not be looked at again at once: that would leave no time to
        // connect.
        let mustWait = isCut || self.peer == nil
        self.schedule(context, at: mustWait ? check : min(check, self.waiting.first?.due ?? check))
    }

    private func schedule(_ context: ChannelHandlerContext, at deadline: NIODeadline) {
        guard !self.isScheduled else { return }
        self.isScheduled = true
        let loop = context.eventLoop.assumeIsolated()
        loop.scheduleTask(deadline: deadline) {
            self.isScheduled = false
            if self.isEnded, self.waiting.isEmpty { return }
            self.deliver(context)
        }
    }
}
