internal import CZstd

/// A decompression context, made once and reused. One owner; may move between threads, never be shared.
package struct ZstdDecompressor: ~Copyable, @unchecked Sendable {
    // Protected by ownership: the context is reachable through this value only.
    private let context: OpaquePointer
    /// Holds a frame whose magic was left out, with its magic.
    private var whole = UnsafeMutableRawBufferPointer(start: nil, count: 0)

    package init() throws(ZstdError) {
        guard let context = ZSTD_createDCtx() else { throw ZstdError(.outOfMemory, "zstd cannot make a decompressor") }
        self.context = context
    }

    deinit {
        ZSTD_freeDCtx(self.context)
        self.whole.deallocate()
    }

    /// Fills `destination` with what the frame `source` holds. Its length is the hard limit: a frame that holds more,
    /// or less, is an error, whatever it claims about itself, and nothing else is allocated for it.
    package mutating func decompress(
        _ source: UnsafeRawBufferPointer,
        into destination: UnsafeMutableRawBufferPointer,
        reference: ZstdReference = .none
    ) throws(ZstdError) {
        let count: Int
        switch reference {
        case .none, .dictionary:
            ZSTD_DCtx_reset(self.context, ZSTD_reset_session_and_parameters)
            if case .dictionary(let dictionary) = reference {
                try self.check(ZSTD_DCtx_refDDict(self.context, dictionary.decompression), destination.count)
            }
            count = ZSTD_decompressDCtx(
                self.context,
                destination.baseAddress,
                destination.count,
                source.baseAddress,
                source.count
            )
        case .prefix(let prefix):
            let whole = ZstdFrame.hasMagic(source) ? source : self.withMagic(source)
            count = try self.decompress(whole, into: destination, prefix: prefix)
        }
        try self.check(count, destination.count)
        guard count == destination.count else {
            throw ZstdError(.wrongLength, "the zstd frame holds \(count) bytes instead of \(destination.count)")
        }
    }

    /// A prefix given to the context is digested into a dictionary that is made anew for each frame; given to the call
    /// it is just pointed at. But there, content that begins like a dictionary would be taken for one.
    private mutating func decompress(
        _ source: UnsafeRawBufferPointer,
        into destination: UnsafeMutableRawBufferPointer,
        prefix: UnsafeRawBufferPointer
    ) throws(ZstdError) -> Int {
        ZSTD_DCtx_reset(self.context, ZSTD_reset_session_and_parameters)
        guard ZstdFrame.beginsLikeDictionary(prefix) else {
            return ZSTD_decompress_usingDict(
                self.context,
                destination.baseAddress,
                destination.count,
                source.baseAddress,
                source.count,
                prefix.baseAddress,
                prefix.count
            )
        }
        try self.check(ZSTD_DCtx_refPrefix(self.context, prefix.baseAddress, prefix.count), destination.count)
        return ZSTD_decompressDCtx(
            self.context,
            destination.baseAddress,
            destination.count,
            source.baseAddress,
            source.count
        )
    }

    private mutating func withMagic(_ source: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        let count = ZstdFrame.magicBytesCount + source.count
        if self.whole.count < count {
            self.whole.deallocate()
            self.whole = .allocate(byteCount: max(count, 4_096), alignment: 16)
        }
        ZstdFrame.writeMagic(to: self.whole)
        let rest = UnsafeMutableRawBufferPointer(rebasing: self.whole[ZstdFrame.magicBytesCount..<count])
        rest.copyMemory(from: source)
        return UnsafeRawBufferPointer(rebasing: self.whole[..<count])
    }

    /// What the frame `source` holds, when that is exactly `rawBytesCount` bytes.
    package mutating func decompress(
        _ source: UnsafeRawBufferPointer,
        rawBytesCount: Int,
        reference: ZstdReference = .none
    ) throws(ZstdError) -> [UInt8] {
        var failure: ZstdError?
        let bytes = [UInt8](unsafeUninitializedCapacity: rawBytesCount) { buffer, initialized in
            do throws(ZstdError) {
                try self.decompress(
                    source,
                    into: UnsafeMutableRawBufferPointer(
                        rebasing: UnsafeMutableRawBufferPointer(buffer)[..<rawBytesCount]
                    ),
                    reference: reference
                )
                initialized = rawBytesCount
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    private func check(_ result: Int, _ rawBytesCount: Int) throws(ZstdError) {
        guard ZSTD_isError(result) != 0 else { return }
        if ZSTD_getErrorCode(result) == ZSTD_error_dstSize_tooSmall {
            throw ZstdError(.wrongLength, "the zstd frame holds more than \(rawBytesCount) bytes")
        }
        throw ZstdError(.malformed, "zstd cannot decompress: \(String(cString: ZSTD_getErrorName(result)))")
    }
}
