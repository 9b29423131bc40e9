internal import Synchronization

/// The classes of a table's routes, by name: made while the table is built, read when metrics are asked for.
final class RouteClasses: Sendable {
    /// Of requests that no route is for.
    let unknown = RouteMetrics(name: "unknown")
    private let byName = Mutex<[String: RouteMetrics]>([:])

    /// The class of the routes with `pattern`.
    func metrics(of pattern: String) -> RouteMetrics {
        let name = RouteMetrics.name(of: pattern)
        return self.byName.withLock { classes in
            if let known = classes[name] { return known }
            let made = RouteMetrics(name: name)
            classes[name] = made
            return made
        }
    }

    /// All of them, in the order of their names.
    var all: [RouteMetrics] {
        self.byName.withLock { Array($0.values) }.sorted { $0.name < $1.name } + [self.unknown]
    }
}
