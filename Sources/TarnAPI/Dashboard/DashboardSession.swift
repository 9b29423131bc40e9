internal import HTTPTypes
internal import Hummingbird
internal import TarnCore
internal import TarnCrypto
internal import TarnNode

/// Who looks at the dashboard: a bearer token in a cookie that no script sees and no other site can send.
///
/// Forms carry a code that only this process can make for the cookie that they come with, so that no other site can
/// send one in somebody's name.
struct DashboardSession: Sendable {
    /// Holds the bearer token of who signed in.
    static let cookie = "tarn_session"
    /// Random, for the form of who has not signed in yet.
    static let formCookie = "tarn_form"

    private let key: [UInt8]
    private let isSecure: Bool

    /// `isSecure` when the listener speaks TLS: then cookies go nowhere else. Forms do not outlive the process.
    init(isSecure: Bool) {
        var generator = SystemRandomNumberGenerator()
        self.key = (0..<32).map { _ in UInt8.random(in: 0 ... .max, using: &generator) }
        self.isSecure = isSecure
    }

    /// The bearer token that the request's cookie holds.
    func token(of request: APIRequest) -> String? {
        Self.cookies(of: request)[Self.cookie]
    }

    /// The code for forms that are sent with `cookie`.
    func formCode(for cookie: String) -> String {
        MessageAuthentication.code(of: Array(cookie.utf8), key: self.key).hex
    }

    /// Throws ``Problem`` `PERMISSION_DENIED` unless the form comes from a page that this process made for its sender.
    func check(_ form: [String: String], of request: APIRequest, cookie name: String) throws(Problem) {
        let cookie = Self.cookies(of: request)[name] ?? ""
        let isOwn =
            !cookie.isEmpty
            && ConstantTime.isEqual(Array((form["code"] ?? "").utf8), Array(self.formCode(for: cookie).utf8))
        let site = HTTPField.Name("Sec-Fetch-Site").flatMap { request.headers[$0] }
        guard isOwn, site == nil || site == "same-origin" || site == "none" else {
            throw Problem(
                .permissionDenied,
                "this form is old or comes from elsewhere; go back, reload the page, try again"
            )
        }
    }

    /// The header that sets a cookie; nil removes it.
    func setting(_ name: String, to value: String?) -> String {
        let end = value == nil ? "; Max-Age=0" : ""
        return "\(name)=\(value ?? ""); Path=/; HttpOnly; SameSite=Strict\(end)\(self.isSecure ? "; Secure" : "")"
    }

    static func cookies(of request: APIRequest) -> [String: String] {
        var cookies: [String: String] = [:]
        for pair in (request.headers[.cookie] ?? "").split(separator: ";") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            cookies[String(parts[0].drop { $0 == " " })] = String(parts[1])
        }
        return cookies
    }

    /// The fields of a form that a browser sent.
    static func form(_ request: APIRequest) async throws -> [String: String] {
        let bytes = try await request.body(max: Limits.dashboardFormBytesMax)
        var fields: [String: String] = [:]
        for pair in bytes.split(separator: 0x26) {
            let parts = pair.split(separator: 0x3d, maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let name = PercentDecoding.decode(parts[0], plusIsSpace: true),
                let value = PercentDecoding.decode(parts[1], plusIsSpace: true)
            else { throw Problem(.invalidRequest, "the form is not percent-encoded") }
            fields[String(decoding: name, as: UTF8.self)] = String(decoding: value, as: UTF8.self)
        }
        return fields
    }
}
