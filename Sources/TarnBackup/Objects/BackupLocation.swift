package import TarnClient

/// Where backups lie, as a URL says it.
package enum BackupLocation: Hashable, Sendable {
    /// A folder of this machine.
    case folder(String)
    /// A bucket, and what the names of all objects begin with: nothing, or a path that ends in `/`.
    case bucket(String, prefix: String)

    /// Throws ``ClientError`` with code `usage` for anything but `file://PATH` and `s3://BUCKET[/PREFIX]`.
    package init(_ url: String) throws(ClientError) {
        if url.hasPrefix("file://") {
            let path = String(url.dropFirst(7))
            guard !path.isEmpty else { throw ClientError(.usage, "'\(url)' names no folder") }
            self = .folder(path)
        } else if url.hasPrefix("s3://") {
            let parts = url.dropFirst(5).split(separator: "/", omittingEmptySubsequences: true)
            guard let bucket = parts.first else { throw ClientError(.usage, "'\(url)' names no bucket") }
            let prefix = parts.dropFirst().joined(separator: "/")
            self = .bucket(String(bucket), prefix: prefix.isEmpty ? "" : prefix + "/")
        } else {
            throw ClientError(
                .usage,
                "'\(url)' is no place for backups: file://FOLDER or s3://BUCKET/PREFIX is expected"
            )
        }
    }
}
