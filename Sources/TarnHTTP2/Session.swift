internal import CNghttp2
internal import NIOCore

/// One end of an HTTP/2 connection: libnghttp2's session behind plain Swift values.
///
/// Not thread-safe: it belongs to one connection and is touched on that connection's event loop only. C callbacks
/// record into ``events`` and return; nothing is written before ``produce(into:bytesMax:)`` is called, and never from
/// within a callback.
final class Session {
    enum Role {
        case client
        case server
    }

    let role: Role
    let limits: HTTP2Limits
    /// What happened since they were last taken.
    private(set) var events: [SessionEvent] = []
    /// Bodies received and not yet released.
    private(set) var bufferedBytesCount = 0
    /// Body bytes submitted and not yet handed out.
    private(set) var unsentBytesCount = 0
    private(set) var streams: [Int32: SessionStream] = [:]
    private var pointer: OpaquePointer?
    /// Window of the connection that is kept back from the other end while too much is buffered.
    private var withheldBytesCount = 0
    /// Messages that were handed out and not yet released.
    private var unreleasedCount = 0
    private var isReady = false

    init(role: Role, limits: HTTP2Limits) throws(HTTP2Error) {
        self.role = role
        self.limits = limits
        try self.open()
        try self.submitSettings()
    }

    deinit {
        nghttp2_session_del(self.pointer)
    }

    /// Nothing more to read or to write: the connection may be closed.
    var isFinished: Bool {
        nghttp2_session_want_read(self.pointer) == 0 && nghttp2_session_want_write(self.pointer) == 0
    }

    /// Takes in bytes from the other end. Throws `protocolViolation` when the session cannot go on.
    func receive(_ bytes: UnsafeRawBufferPointer) throws(HTTP2Error) {
        let count = nghttp2_session_mem_recv(
            self.pointer,
            bytes.baseAddress?.assumingMemoryBound(to: UInt8.self),
            bytes.count
        )
        guard count >= 0 else { throw Self.violation(Int32(truncatingIfNeeded: count)) }
    }

    /// Appends frames to `buffer` until it holds `bytesMax` or there are none; returns whether there may be more.
    func produce(into buffer: inout ByteBuffer, bytesMax: Int) throws(HTTP2Error) -> Bool {
        while buffer.readableBytes < bytesMax {
            var bytes: UnsafePointer<UInt8>?
            let count = nghttp2_session_mem_send(self.pointer, &bytes)
            guard count >= 0 else { throw Self.violation(Int32(truncatingIfNeeded: count)) }
            guard count > 0 else { return false }
            buffer.writeBytes(UnsafeBufferPointer(start: bytes, count: count))
        }
        return true
    }

    func takeEvents() -> [SessionEvent] {
        defer { self.events.removeAll(keepingCapacity: true) }
        return self.events
    }

    /// Gives back the memory budget of a message that was handed out with `bodyBytesCount` bytes.
    func release(bodyBytesCount: Int) {
        self.unreleasedCount -= 1
        self.bufferedBytesCount -= bodyBytesCount
        self.returnWithheldWindow()
    }

    // MARK: - Sending

    /// Opens a stream and returns its number.
    func submit(_ request: HTTP2Request, scheme: String, authority: String) throws(HTTP2Error) -> Int32 {
        var fields = FieldList()
        fields.append(":method", request.method)
        fields.append(":scheme", scheme)
        fields.append(":authority", authority)
        fields.append(":path", request.path)
        fields.append(request.headers)
        if !request.body.isEmpty { fields.append("content-length", String(request.body.count)) }
        var source = Self.bodySource
        let number = fields.withFields { pointer, count in
            request.body.isEmpty
                ? nghttp2_submit_request(self.pointer, nil, pointer, count, nil, nil)
                : nghttp2_submit_request(self.pointer, nil, pointer, count, &source, nil)
        }
        guard number > 0 else {
            // Stream numbers are used up after 2^30 requests, or a field is not allowed: a new connection starts
            // afresh.
            throw HTTP2Error(.refused, "cannot open a stream: \(Self.text(of: number))")
        }
        self.streams[number] = SessionStream(id: number, body: request.body)
        self.unsentBytesCount += request.body.count
        return number
    }

    /// Answers a stream; does nothing when it is gone, which happens when the other end gave it up.
    func submit(_ response: HTTP2Response, stream id: Int32) {
        guard let stream = self.streams[id] else { return }
        var fields = FieldList()
        fields.append(":status", String(response.status))
        fields.append(response.headers)
        stream.body = response.body
        stream.trailers = response.trailers
        self.unsentBytesCount += response.body.count
        let hasData = !response.body.isEmpty || !response.trailers.isEmpty
        if hasData, response.trailers.isEmpty { fields.append("content-length", String(response.body.count)) }
        var source = Self.bodySource
        let result = fields.withFields { pointer, count in
            hasData
                ? nghttp2_submit_response(self.pointer, id, pointer, count, &source)
                : nghttp2_submit_response(self.pointer, id, pointer, count, nil)
        }
        if result != 0 { self.reset(stream: id, code: NGHTTP2_INTERNAL_ERROR) }
    }

    func reset(stream id: Int32, code: nghttp2_error_code) {
        guard self.streams[id] != nil else { return }
        nghttp2_submit_rst_stream(self.pointer, UInt8(NGHTTP2_FLAG_NONE.rawValue), id, code.rawValue)
    }

    func ping() {
        nghttp2_submit_ping(self.pointer, UInt8(NGHTTP2_FLAG_NONE.rawValue), nil)
    }

    /// Takes no new streams from now on; those that are open may finish.
    func goAway() {
        let last = self.role == .server ? nghttp2_session_get_last_proc_stream_id(self.pointer) : 0
        nghttp2_submit_goaway(self.pointer, UInt8(NGHTTP2_FLAG_NONE.rawValue), last, NGHTTP2_NO_ERROR.rawValue, nil, 0)
    }

    // MARK: - Called by the callbacks

    func record(_ event: SessionEvent) {
        self.events.append(event)
    }

    func recordReady() {
        guard !self.isReady else { return }
        self.isReady = true
        self.events.append(.ready)
    }

    func recordMessage(_ stream: SessionStream) {
        stream.isComplete = true
        self.unreleasedCount += 1
        self.events.append(.message(stream: stream.id, stream.message))
        // The event owns the body now; a second reference here would make nobody's copy unique.
        stream.message = SessionMessage()
    }

    func openStream(_ id: Int32) {
        self.streams[id] = SessionStream(id: id)
    }

    func closeStream(_ id: Int32, code: UInt32) {
        guard let stream = self.streams.removeValue(forKey: id) else { return }
        self.unsentBytesCount -= stream.unsentBytesCount
        if !stream.isComplete { self.bufferedBytesCount -= stream.message.body.count }
        self.returnWithheldWindow()
        self.events.append(.closed(stream: id, code: code))
    }

    func appendBody(_ stream: SessionStream, _ bytes: UnsafeBufferPointer<UInt8>) {
        if stream.message.body.count + bytes.count > self.limits.bodyBytesMax {
            self.discard(stream, status: 413, reason: "a body of over \(self.limits.bodyBytesMax) bytes")
        } else if self.bufferedBytesCount + bytes.count > self.limits.bufferedBytesMax {
            self.stopBuffering(stream)
            self.reset(stream: stream.id, code: NGHTTP2_REFUSED_STREAM)
        } else {
            stream.message.body.append(contentsOf: bytes)
            self.bufferedBytesCount += bytes.count
        }
    }

    /// Throws away what the stream has brought and will bring. A server answers with `status`; a client gives the
    /// stream up.
    func discard(_ stream: SessionStream, status: Int, reason: String) {
        guard !stream.isDiscarding else { return }
        self.stopBuffering(stream)
        self.events.append(.oversized(stream: stream.id, status: status, reason: reason))
        if self.role == .client { self.reset(stream: stream.id, code: NGHTTP2_CANCEL) }
    }

    /// Lets the other end send `count` bytes more, unless too much is waiting for an answer here.
    func consume(stream id: Int32, count: Int) {
        nghttp2_session_consume_stream(self.pointer, id, count)
        if self.unreleasedCount > 0, self.bufferedBytesCount > self.limits.bufferedBytesMax / 2 {
            self.withheldBytesCount += count
        } else {
            nghttp2_session_consume_connection(self.pointer, count)
        }
    }

    func countSent(_ count: Int) {
        self.unsentBytesCount -= count
    }

    // MARK: - Private

    private func stopBuffering(_ stream: SessionStream) {
        stream.isDiscarding = true
        self.bufferedBytesCount -= stream.message.body.count
        stream.message.body = []
    }

    /// Window is withheld only while somebody else's answer will release it, so it always comes back.
    private func returnWithheldWindow() {
        guard self.withheldBytesCount > 0,
            self.unreleasedCount == 0 || self.bufferedBytesCount <= self.limits.bufferedBytesMax / 2
        else { return }
        nghttp2_session_consume_connection(self.pointer, self.withheldBytesCount)
        self.withheldBytesCount = 0
    }

    private func open() throws(HTTP2Error) {
        var callbacks: OpaquePointer?
        var options: OpaquePointer?
        defer {
            nghttp2_session_callbacks_del(callbacks)
            nghttp2_option_del(options)
        }
        guard nghttp2_session_callbacks_new(&callbacks) == 0, nghttp2_option_new(&options) == 0 else {
            throw HTTP2Error(.unavailable, "libnghttp2 is out of memory")
        }
        Self.register(callbacks)
        nghttp2_option_set_no_auto_window_update(options, 1)
        nghttp2_option_set_no_closed_streams(options, 1)
        nghttp2_option_set_peer_max_concurrent_streams(options, UInt32(self.limits.streamsMax))
        nghttp2_option_set_max_settings(options, 32)
        let user = Unmanaged.passUnretained(self).toOpaque()
        let result =
            self.role == .server
            ? nghttp2_session_server_new2(&self.pointer, callbacks, user, options)
            : nghttp2_session_client_new2(&self.pointer, callbacks, user, options)
        guard result == 0 else { throw Self.violation(result) }
    }

    private func submitSettings() throws(HTTP2Error) {
        func setting(_ identifier: nghttp2_settings_id, _ value: Int) -> nghttp2_settings_entry {
            nghttp2_settings_entry(settings_id: Int32(identifier.rawValue), value: UInt32(value))
        }
        var settings = [
            setting(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, self.limits.streamWindowBytes),
            setting(NGHTTP2_SETTINGS_MAX_FRAME_SIZE, self.limits.frameBytesMax),
            setting(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, self.limits.headerBytesMax),
            setting(NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1),
        ]
        switch self.role {
        case .server: settings.append(setting(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, self.limits.streamsMax))
        case .client: settings.append(setting(NGHTTP2_SETTINGS_ENABLE_PUSH, 0))
        }
        let flags = UInt8(NGHTTP2_FLAG_NONE.rawValue)
        let result = nghttp2_submit_settings(self.pointer, flags, settings, settings.count)
        guard result == 0 else { throw Self.violation(result) }
        nghttp2_session_set_local_window_size(self.pointer, flags, 0, Int32(self.limits.connectionWindowBytes))
    }

    private static func violation(_ code: Int32) -> HTTP2Error {
        HTTP2Error(.protocolViolation, "the other end does not speak HTTP/2 correctly: \(self.text(of: code))")
    }

    private static func text(of code: Int32) -> String {
        String(cString: nghttp2_strerror(code))
    }
}
