internal import Hummingbird
internal import TarnCore
internal import TarnNode

/// One request for a page, by somebody who has signed in.
struct DashboardVisit: Sendable {
    let request: APIRequest
    let principal: Principal
    /// The bearer token that the visitor has signed in with.
    let token: String
    let formCode: String
    let node: any NodeService

    /// An empty page in the frame.
    func page(_ title: String, _ tab: DashboardPage.Tab?) -> DashboardPage {
        var page = DashboardPage(title, tab: tab, datacenter: self.node.datacenter)
        page.visitor = (self.principal.name, self.formCode)
        return page
    }

    /// Throws ``Problem`` unless the visitor may read what is at `path`.
    func checkMayRead(_ path: NamespacePath) throws(Problem) {
        try Access.path(.read).check(self.principal, path: path)
    }

    /// Throws ``Problem`` unless the visitor may see everything of `scope`.
    func checkMayReadAll(_ scope: Principal.Scope = .read) throws(Problem) {
        try Access.whole(scope).check(self.principal, path: nil)
    }

    /// Whether lists may show `path`: visitors whose token is limited see their paths, and the way there.
    func mayList(_ path: NamespacePath) -> Bool {
        guard Access.isVisible(path, to: self.principal) else { return false }
        return self.principal.paths.isEmpty
            || self.principal.paths.contains { $0 == path || $0.isAncestor(of: path) || path.isAncestor(of: $0) }
    }
}
