internal import CZstd

/// A compression context, made once and reused: making one costs more than compressing a notebook.
///
/// One owner; may move between threads, never be shared.
package struct ZstdCompressor: ~Copyable, @unchecked Sendable {
    // Protected by ownership: the context is reachable through this value only.
    private let context: OpaquePointer
    private let level: Int

    /// A compressor at `level`, 1 (fast) to 19 (small).
    package init(level: Int) throws(ZstdError) {
        guard let context = ZSTD_createCCtx() else { throw ZstdError(.outOfMemory, "zstd cannot make a compressor") }
        self.context = context
        self.level = level
    }

    deinit {
        ZSTD_freeCCtx(self.context)
    }

    /// Writes `source` as one frame to the start of `destination` and returns its length, or nil when it does not fit
    /// there: give less room than the source takes to learn early that compressing is not worth it. A frame with a
    /// prefix is meant for a record that knows its length and its codec: it says neither.
    package mutating func compress(
        _ source: UnsafeRawBufferPointer,
        into destination: UnsafeMutableRawBufferPointer,
        reference: ZstdReference = .none,
        level: Int? = nil
    ) throws(ZstdError) -> Int? {
        ZSTD_CCtx_reset(self.context, ZSTD_reset_session_and_parameters)
        try self.set(ZSTD_c_compressionLevel, level ?? self.level)
        switch reference {
        case .none: break
        case .dictionary(let dictionary):
            try self.check(ZSTD_CCtx_refCDict(self.context, dictionary.compression))
        case .prefix(let prefix):
            // The window must reach back over all of the prefix.
            let reach = max(1, prefix.count + source.count - 1)
            try self.set(ZSTD_c_windowLog, min(27, max(10, Int.bitWidth - reach.leadingZeroBitCount)))
            try self.set(ZSTD_c_contentSizeFlag, 0)
            try self.check(ZSTD_CCtx_refPrefix(self.context, prefix.baseAddress, prefix.count))
        }
        let count = ZSTD_compress2(
            self.context,
            destination.baseAddress,
            destination.count,
            source.baseAddress,
            source.count
        )
        if ZSTD_isError(count) != 0, ZSTD_getErrorCode(count) == ZSTD_error_dstSize_tooSmall { return nil }
        try self.check(count)
        guard case .prefix = reference else { return count }
        let bare = UnsafeRawBufferPointer(rebasing: destination[ZstdFrame.magicBytesCount..<count])
        destination.copyMemory(from: bare)
        return bare.count
    }

    /// Room in which every source of `count` bytes fits, however badly it compresses.
    package static func bound(_ count: Int) -> Int {
        ZSTD_compressBound(count)
    }

    private func set(_ parameter: ZSTD_cParameter, _ value: Int) throws(ZstdError) {
        try self.check(ZSTD_CCtx_setParameter(self.context, parameter, Int32(value)))
    }

    private func check(_ result: Int) throws(ZstdError) {
        guard ZSTD_isError(result) != 0 else { return }
        throw ZstdError(.malformed, "zstd cannot compress: \(String(cString: ZSTD_getErrorName(result)))")
    }
}
