internal import TarnCore
internal import TarnNode

/// What a route asks of the bearer of a token.
enum Access: Hashable, Sendable {
    /// No token at all.
    case anyone
    /// A route about one path, open to tokens that are limited to paths, too.
    case path(Principal.Scope)
    /// A route that names its paths elsewhere than at the end of the URL; the handler checks each of them.
    case named(Principal.Scope)
    /// A route that can tell about any path, so a token limited to paths does not get it.
    case whole(Principal.Scope)

    /// Subtrees that need an admin's token, whatever the route.
    static let protectedPaths = ["/meta/audit", "/meta/secret", "/meta/secret_scope", "/meta/token"].map {
        NamespacePath(unchecked: Array($0.utf8))
    }
    /// Subtrees that everybody may read and that an admin alone changes by path: who is who, what is set for a whole
    /// workspace, and how long states are kept. The routes that write there ask for an admin, so no other way may ask
    /// for less.
    static let adminPaths = [
        "/meta/group", "/meta/instance_profile", "/meta/policy", "/meta/service_principal", "/meta/setting",
        "/meta/user", "/meta/workspace_conf",
    ].map { NamespacePath(unchecked: Array($0.utf8)) }

    /// Throws ``Problem`` `PERMISSION_DENIED` unless `principal` may use a route with this access; `path` is the one it
    /// is about.
    func check(_ principal: Principal, path: NamespacePath?) throws(Problem) {
        switch self {
        case .anyone:
            return
        case .named(let scope):
            try Self.check(principal, scope)
        case .path(let scope):
            try Self.check(principal, scope)
            guard let path else { return }
            try Self.check(principal, mayName: path)
            if scope != .read { try Self.check(principal, mayChange: path) }
        case .whole(let scope):
            try Self.check(principal, scope)
            guard principal.paths.isEmpty else {
                throw Problem(
                    .permissionDenied,
                    "token '\(principal.name)' is limited to paths, and this is not a route of a path"
                )
            }
        }
    }

    /// Throws ``Problem`` `PERMISSION_DENIED` for a path that `principal` is not limited to, or that is protected from
    /// it.
    static func check(_ principal: Principal, mayName path: NamespacePath) throws(Problem) {
        if !principal.paths.isEmpty, !principal.paths.contains(where: { $0 == path || $0.isAncestor(of: path) }) {
            throw Problem(.permissionDenied, "token '\(principal.name)' is limited to other paths than \(path)")
        }
        try Self.check(principal, mayTouch: path)
    }

    /// Throws ``Problem`` `PERMISSION_DENIED` for a protected path unless `principal` is an admin.
    static func check(_ principal: Principal, mayTouch path: NamespacePath) throws(Problem) {
        guard self.isVisible(path, to: principal) else {
            throw Problem(.permissionDenied, "\(path) needs a token with scope admin")
        }
    }

    /// Throws ``Problem`` `PERMISSION_DENIED` for what nobody but the nodes writes, for the audit log must not be forged,
    /// and for what is an admin's to change unless `principal` is one.
    static func check(_ principal: Principal, mayChange path: NamespacePath) throws(Problem) {
        try self.check(principal, mayTouch: path)
        guard principal.scope == .admin || !self.adminPaths.contains(where: { $0 == path || $0.isAncestor(of: path) })
        else { throw Problem(.permissionDenied, "changing \(path) needs a token with scope admin") }
        guard path != AuditRecord.directory, !AuditRecord.directory.isAncestor(of: path) else {
            throw Problem(.permissionDenied, "\(path) belongs to the audit log, which only nodes write")
        }
    }

    /// Whether lists may show `path` to `principal`.
    static func isVisible(_ path: NamespacePath, to principal: Principal?) -> Bool {
        if principal?.scope == .admin { return true }
        return !self.protectedPaths.contains { $0 == path || $0.isAncestor(of: path) }
    }

    /// Whether `principal` may be shown `change`, whose target is a path like any other.
    static func isVisible(_ change: EncodedChangeSet.Element, to principal: Principal?) -> Bool {
        if case .move(let target) = change.action, !self.isVisible(target, to: principal) { return false }
        return self.isVisible(change.path, to: principal)
    }

    /// Where the list goes on that `principal` was shown up to `path`: behind a protected subtree as a whole, for the
    /// names in it are not to be told either.
    static func place(behind path: NamespacePath, for principal: Principal?) -> String {
        guard principal?.scope != .admin,
            let hidden = self.protectedPaths.first(where: { $0 == path || $0.isAncestor(of: path) })
        else { return path.string }
        // The byte behind the slash: after all that stands below, and before anything else.
        return "\(hidden)0"
    }

    private static func check(_ principal: Principal, _ scope: Principal.Scope) throws(Problem) {
        let isEnough =
            switch scope {
            case .read: true
            case .write: principal.scope != .read
            case .admin: principal.scope == .admin
            }
        guard isEnough else {
            throw Problem(
                .permissionDenied,
                "token '\(principal.name)' has scope \(principal.scope.rawValue); this needs \(scope.rawValue)"
            )
        }
    }
}
