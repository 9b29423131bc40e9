internal import CTarn

/// The allocator of the whole process.
package enum ProcessAllocator {
    /// Has it keep little that is free. By default each thread gets an arena of its own, and blocks of megabytes that
    /// come and go, as transfers have them, stay in those for ever: a third of what an import takes. Called once,
    /// before anything else.
    package static func bound() {
        tarn_bound_allocator()
    }
}
