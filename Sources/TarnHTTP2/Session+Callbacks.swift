internal import CNghttp2

/// What libnghttp2 calls. Every closure is without captures and finds its session by the user data that `open` gave;
/// the session is alive because libnghttp2 is only ever entered through it.
extension Session {
    /// Reads submitted bodies. The stream is looked up by number, so the source itself holds nothing.
    static var bodySource: nghttp2_data_provider {
        nghttp2_data_provider(source: nghttp2_data_source(ptr: nil)) { pointer, id, target, length, flags, _, user in
            Session.from(user).readBody(pointer, stream: id, into: target, length: length, flags: flags)
        }
    }

    static func register(_ callbacks: OpaquePointer?) {
        nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks) { _, frame, user in
            guard let frame else { return 0 }
            return Session.from(user).onBeginHeaders(frame)
        }
        nghttp2_session_callbacks_set_on_header_callback(callbacks) {
            _,
            frame,
            name,
            nameCount,
            value,
            valueCount,
            _,
            user in
            guard let frame else { return 0 }
            return Session.from(user).onHeader(
                stream: frame.pointee.hd.stream_id,
                name: UnsafeBufferPointer(start: name, count: nameCount),
                value: UnsafeBufferPointer(start: value, count: valueCount)
            )
        }
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) { _, _, id, bytes, count, user in
            Session.from(user).onData(stream: id, UnsafeBufferPointer(start: bytes, count: count))
        }
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) { _, frame, user in
            guard let frame else { return 0 }
            return Session.from(user).onFrame(frame)
        }
        nghttp2_session_callbacks_set_on_frame_send_callback(callbacks) { _, frame, user in
            guard let frame else { return 0 }
            return Session.from(user).onFrameSent(frame.pointee.hd)
        }
        nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks) { _, frame, _, user in
            guard let header = frame?.pointee.hd, UInt32(header.type) == NGHTTP2_HEADERS.rawValue else { return 0 }
            Session.from(user).record(.notSent(stream: header.stream_id))
            return 0
        }
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) { _, id, code, user in
            Session.from(user).closeStream(id, code: code)
            return 0
        }
        nghttp2_session_callbacks_set_data_source_read_length_callback(callbacks) {
            _,
            _,
            _,
            connectionWindow,
            streamWindow,
            frameMax,
            user in
            let ours = Session.from(user).limits.frameBytesMax
            return max(1, min(Int(connectionWindow), Int(streamWindow), Int(frameMax), ours))
        }
    }

    private static func from(_ user: UnsafeMutableRawPointer?) -> Session {
        guard let user else { preconditionFailure("libnghttp2 called back without its session") }
        return Unmanaged<Session>.fromOpaque(user).takeUnretainedValue()
    }

    private func onBeginHeaders(_ frame: UnsafePointer<nghttp2_frame>) -> Int32 {
        let id = frame.pointee.hd.stream_id
        if let stream = self.streams[id] {
            stream.isReadingTrailers = self.role == .server || stream.message.status >= 200
        } else if self.role == .server, frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST {
            self.openStream(id)
        }
        return 0
    }

    private func onHeader(
        stream id: Int32,
        name: UnsafeBufferPointer<UInt8>,
        value: UnsafeBufferPointer<UInt8>
    ) -> Int32 {
        guard let stream = self.streams[id], !stream.isDiscarding else { return 0 }
        stream.headerBytesCount += name.count + value.count + 32
        guard stream.headerBytesCount <= self.limits.headerBytesMax else {
            self.discard(stream, status: 431, reason: "header fields of over \(self.limits.headerBytesMax) bytes")
            return 0
        }
        let nameText = String(decoding: name, as: UTF8.self)
        let valueText = String(decoding: value, as: UTF8.self)
        switch nameText {
        case _ where stream.isReadingTrailers: stream.message.trailers.append(nameText, valueText)
        case ":method": stream.message.method = valueText
        case ":path": stream.message.path = valueText
        case ":status": stream.message.status = Int(valueText) ?? 0
        case ":scheme", ":authority": break
        default: stream.message.headers.append(nameText, valueText)
        }
        return 0
    }

    private func onData(stream id: Int32, _ bytes: UnsafeBufferPointer<UInt8>) -> Int32 {
        if let stream = self.streams[id], !stream.isDiscarding { self.appendBody(stream, bytes) }
        self.consume(stream: id, count: bytes.count)
        return 0
    }

    private func onFrame(_ frame: UnsafePointer<nghttp2_frame>) -> Int32 {
        let header = frame.pointee.hd
        let isEnd = header.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0
        self.recordReady()
        switch UInt32(header.type) {
        case NGHTTP2_HEADERS.rawValue:
            guard let stream = self.streams[header.stream_id] else { break }
            if !stream.isReadingTrailers { self.onHeadersComplete(stream) }
            if isEnd { self.onMessageEnd(stream) }
        case NGHTTP2_DATA.rawValue:
            if isEnd, let stream = self.streams[header.stream_id] { self.onMessageEnd(stream) }
        case NGHTTP2_PING.rawValue:
            if header.flags & UInt8(NGHTTP2_FLAG_ACK.rawValue) != 0 { self.record(.pingAnswered) }
        case NGHTTP2_GOAWAY.rawValue:
            self.record(.goingAway)
        default:
            break
        }
        return 0
    }

    private func onHeadersComplete(_ stream: SessionStream) {
        if self.role == .client, (100..<200).contains(stream.message.status) {
            stream.message.headers = HTTP2Headers()
            return
        }
        // A length that is announced is either refused now or reserved once. libnghttp2 checks that the body has just
        // this length.
        guard !stream.isDiscarding, let text = stream.message.headers["content-length"], let count = Int(text) else {
            return
        }
        if count > self.limits.bodyBytesMax {
            self.discard(
                stream,
                status: 413,
                reason: "a body of \(count) bytes; at most \(self.limits.bodyBytesMax) are allowed"
            )
        } else if count > 0 {
            stream.message.body.reserveCapacity(count)
        }
    }

    private func onMessageEnd(_ stream: SessionStream) {
        if stream.isDiscarding {
            stream.isComplete = true
        } else {
            self.recordMessage(stream)
        }
    }

    /// A server that answered before the whole request came (it was too large) does not want the rest.
    private func onFrameSent(_ header: nghttp2_frame_hd) -> Int32 {
        guard self.role == .server, header.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0,
            let stream = self.streams[header.stream_id], !stream.isComplete
        else { return 0 }
        self.reset(stream: header.stream_id, code: NGHTTP2_NO_ERROR)
        return 0
    }

    private func readBody(
        _ pointer: OpaquePointer?,
        stream id: Int32,
        into target: UnsafeMutablePointer<UInt8>?,
        length: Int,
        flags: UnsafeMutablePointer<UInt32>?
    ) -> Int {
        guard let stream = self.streams[id], let target else {
            return Int(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue)
        }
        let count = min(length, stream.unsentBytesCount)
        stream.body.withUnsafeBufferPointer { bytes in
            if count > 0, let start = bytes.baseAddress { target.update(from: start + stream.bodyOffset, count: count) }
        }
        stream.bodyOffset += count
        self.countSent(count)
        guard stream.unsentBytesCount == 0 else { return count }
        flags?.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue
        if !stream.trailers.isEmpty {
            flags?.pointee |= NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue
            var fields = FieldList()
            fields.append(stream.trailers)
            // The one call that libnghttp2's manual asks for inside a callback.
            fields.withFields { _ = nghttp2_submit_trailer(pointer, id, $0, $1) }
        }
        return count
    }
}
