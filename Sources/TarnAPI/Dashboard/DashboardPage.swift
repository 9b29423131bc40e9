internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import TarnCore
internal import TarnNode

/// One page with the frame that all pages share.
struct DashboardPage: Sendable {
    /// The pages that the frame leads to.
    enum Tab: String, CaseIterable {
        case overview = "Cluster"
        case health = "Health"
        case browse = "Browse"
        case search = "Search"
        case history = "History"
        case storage = "Storage"
        case drills = "Drills"
        case audit = "Audit"

        var target: String {
            switch self {
            case .overview: "/"
            case .health: "/ui/health"
            case .browse: "/ui/browse"
            case .search: "/ui/search"
            case .history: "/ui/log"
            case .storage: "/ui/storage"
            case .drills: "/ui/drills"
            case .audit: "/ui/audit"
            }
        }
    }

    let title: String
    var tab: Tab?
    var status = HTTPResponse.Status.ok
    /// Who looks, and the code for the form that signs out; nil before signing in.
    var visitor: (name: String, formCode: String)?
    let datacenter: DatacenterID
    var body = HTML()

    init(_ title: String, tab: Tab?, datacenter: DatacenterID) {
        self.title = title
        self.tab = tab
        self.datacenter = datacenter
    }

    var response: Response {
        var html = HTML()
        html.element("html", [("lang", "en")]) { html in
            html.element("head") { self.writeHead(&$0) }
            html.element("body") { html in
                html.element("a", [("class", "skip"), ("href", "#main")], "Skip to content")
                html.element("header") { self.writeHeader(&$0) }
                html.element("main", [("id", "main"), ("tabindex", "-1")]) { html in
                    html.element("h1", self.title)
                    html.include(self.body)
                }
            }
        }
        return Response(
            status: self.status,
            headers: Self.headers,
            body: ResponseBody(byteBuffer: ByteBuffer(string: "<!DOCTYPE html>\(html.text)"))
        )
    }

    private func writeHead(_ html: inout HTML) {
        html.void("meta", [("charset", "utf-8")])
        html.void("meta", [("name", "viewport"), ("content", "width=device-width, initial-scale=1")])
        html.void("meta", [("name", "color-scheme"), ("content", "light dark")])
        html.element("title", "\(self.title) · \(self.datacenter) · Tarn")
        html.void("link", [("rel", "stylesheet"), ("href", "/ui/style.css")])
        html.void("link", [("rel", "icon"), ("href", "/ui/icon.svg")])
        html.element("script", [("src", "/ui/live.js"), ("defer", "")]) { _ in }
    }

    private func writeHeader(_ html: inout HTML) {
        html.element("p", [("class", "brand")]) { html in
            html.link("/", "Tarn")
            html.element("span", [("class", "dc")], self.datacenter.name)
        }
        guard let visitor = self.visitor else { return }
        html.element("nav", [("aria-label", "Pages")]) { html in
            for tab in Tab.allCases {
                html.link(tab.target, tab.rawValue, tab == self.tab ? [("aria-current", "page")] : [])
            }
        }
        html.element("form", [("method", "post"), ("action", "/ui/logout")]) { html in
            html.void("input", [("type", "hidden"), ("name", "code"), ("value", visitor.formCode)])
            html.element("span", [("class", "who")], visitor.name)
            html.element("button", "Sign out")
        }
    }

    /// Nothing is loaded from elsewhere, nothing runs but this node's own script, and nobody frames a page.
    private static let headers: HTTPFields = {
        var headers: HTTPFields = [
            .contentType: "text/html; charset=utf-8", .cacheControl: "no-store",
            .contentSecurityPolicy: "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
                + "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
            .xContentTypeOptions: "nosniff",
        ]
        if let name = HTTPField.Name("Referrer-Policy") { headers[name] = "same-origin" }
        return headers
    }()
}
