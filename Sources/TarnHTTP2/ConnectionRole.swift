internal import NIOCore

/// What a server and a client do differently with the same connection. Called on the connection's event loop only.
protocol ConnectionRole: AnyObject, SendableMetatype {
    /// Both ends speak HTTP/2 and the other one is who it should be; `peer` is nil without TLS.
    func onReady(_ connection: ConnectionHandler<Self>, peer: String?)
    func onMessage(_ connection: ConnectionHandler<Self>, stream: Int32, _ message: SessionMessage)
    func onOversized(_ connection: ConnectionHandler<Self>, stream: Int32, status: Int, reason: String)
    /// `code` is the HTTP/2 error code of the end, or nil when the stream never began.
    func onStreamClosed(_ connection: ConnectionHandler<Self>, stream: Int32, code: UInt32?)
    func onGoingAway(_ connection: ConnectionHandler<Self>)
    /// Once a second.
    func onTick(_ connection: ConnectionHandler<Self>, now: NIODeadline)
    /// The connection is gone; nothing else is called after this.
    func onClosed(_ connection: ConnectionHandler<Self>, error: HTTP2Error)
    /// Streams that still wait for something, so that a drain knows when to close.
    var openCount: Int { get }
}
