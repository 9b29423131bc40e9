/// Bytes that both sides of a compression know, so that matches against them need not be stored.
package enum ZstdReference {
    case none
    /// Raw content that a frame is a difference to. The bytes must stay valid for the call.
    case prefix(UnsafeRawBufferPointer)
    case dictionary(ZstdDictionary)
}
