package import TarnClient

/// Who asks an S3 service, and where it is. Comes from the environment, as every S3 tool reads it; never from a
/// command line, which other users see, nor from a file that might be backed up with the rest.
package struct S3Credentials: Sendable {
    package let accessKey: String
    package let secretKey: String
    /// Of temporary credentials.
    package let sessionToken: String?
    package let region: String
    /// `http(s)://host[:port]`, without a path.
    package let endpoint: String

    /// As the `Host` header names it: without the port that goes without saying.
    var host: String {
        let isSecure = self.endpoint.hasPrefix("https://")
        let host = String(self.endpoint.dropFirst(isSecure ? 8 : 7))
        let port = isSecure ? ":443" : ":80"
        return host.hasSuffix(port) ? String(host.dropLast(port.utf8.count)) : host
    }
}

extension S3Credentials {
    /// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_REGION` (else `us-east-1`) and
    /// `AWS_ENDPOINT_URL` (else Amazon's of that region). Throws ``ClientError`` with code `usage` naming what is
    /// missing.
    package init(environment: [String: String]) throws(ClientError) {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        guard let accessKey = value("AWS_ACCESS_KEY_ID"), let secretKey = value("AWS_SECRET_ACCESS_KEY") else {
            throw ClientError(.usage, "s3:// needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment")
        }
        let region = value("AWS_REGION") ?? value("AWS_DEFAULT_REGION") ?? "us-east-1"
        var endpoint = value("AWS_ENDPOINT_URL_S3") ?? value("AWS_ENDPOINT_URL") ?? "https://s3.\(region).amazonaws.com"
        while endpoint.hasSuffix("/") { endpoint.removeLast() }
        let host = endpoint.split(separator: "/", omittingEmptySubsequences: false)
        guard host.count == 3, host[0] == "https:" || host[0] == "http:", host[1].isEmpty, !host[2].isEmpty else {
            throw ClientError(.usage, "AWS_ENDPOINT_URL is '\(endpoint)'; http(s)://HOST[:PORT] is expected")
        }
        self.init(
            accessKey: accessKey,
            secretKey: secretKey,
            sessionToken: value("AWS_SESSION_TOKEN"),
            region: region,
            endpoint: endpoint
        )
    }
}
