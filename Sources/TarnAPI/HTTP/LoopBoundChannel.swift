internal import Hummingbird
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import TarnHTTP2

/// A connection whose requests are answered on the thread that reads and writes it (``LoopExecutor``).
///
/// The loops are the API's own. What keeps one busy, as a large document does, delays other connections of the API but
/// no heartbeat between nodes.
struct LoopBoundChannel<Base: ServerChildChannel>: ServerChildChannel {
    let base: Base

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Base.Value> {
        self.base.setup(channel: channel, logger: logger)
    }

    func handle(value: Base.Value, logger: Logger) async {
        await withTaskExecutorPreference(LoopExecutor.of(value.channel.eventLoop)) {
            await self.base.handle(value: value, logger: logger)
        }
    }
}
