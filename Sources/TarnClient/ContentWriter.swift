internal import Glibc
internal import NIOCore
package import TarnCore

/// Puts one file or stream of any size at a path of the namespace.
package struct ContentWriter: Sendable {
    private let client: TarnHTTPClient
    private let path: NamespacePath

    package init(client: TarnHTTPClient, path: NamespacePath) {
        self.client = client
        self.path = path
    }

    /// Puts the file at `location`, or standard input for `-`. `precondition` is any, absent or a content.
    package func put(_ location: String, precondition: Change.Precondition) async throws -> TarnHTTPClient.Receipt {
        let input = try await BlockingWork.run { try Self.open(location) }
        let head = try await BlockingWork.run { try input.head() }
        var headers: [(name: String, value: String)] = [("Content-Type", "application/octet-stream")]
        if let modified = input.modifiedNanoseconds { headers.append(("X-Tarn-Modified-At", String(modified))) }
        guard head.count > Limits.blobBytesMax else {
            switch precondition {
            case .any: break
            case .absent: headers.append(("If-None-Match", "*"))
            case .content(let address), .entry(let address): headers.append(("If-Match", "\"\(address.hex)\""))
            }
            return try await self.client.commit(
                TransportRequest(
                    .put,
                    PercentEncoding.target("/v1/content", self.path),
                    headers: headers,
                    body: ByteBuffer(bytes: head),
                    deadlineMilliseconds: Limits.clientDeadlineMilliseconds
                )
            )
        }
        let staged = try await LargeFileUploader(client: self.client).upload(input.chunks(behind: head))
        var attributes = Attributes()
        if let modified = input.modifiedNanoseconds { attributes[Attributes.Key.modifiedAt] = String(modified) }
        let entry: Entry
        do {
            entry = try .file(
                content: staged.content,
                size: staged.size,
                manifest: staged.manifest,
                attributes: attributes
            )
        } catch {
            throw ClientError(.usage, "\(location): \(error.message)")
        }
        return try await self.client.commit([
            Change(path: self.path, precondition: precondition, action: .put(entry))
        ])
    }

    private static func open(_ location: String) throws -> ContentInput {
        do throws(SystemError) {
            return try ContentInput(location)
        } catch {
            throw ClientError(.usage, "cannot read \(location): \(error.reason)")
        }
    }
}
