/// The bytes of one segment, as recovery reads them.
package protocol SegmentSource {
    /// Bytes of the file.
    var bytesCount: Int { get }
    /// Fills `buffer` from `offset` on; the range lies inside the file. What cannot be read is filled with 0xFF: not
    /// zeros, which would mean that nothing was written there.
    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer)
}
