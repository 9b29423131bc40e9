internal import Foundation
internal import TarnBackup
internal import TarnClient
internal import TarnNode

/// Opens the place that a URL names, for the length of one command.
enum BackupPlace {
    static func open(_ url: String, _ body: (any ObjectStore) async throws -> Void) async throws {
        switch try BackupLocation(url) {
        case .folder(let path): try await body(FolderStore(directory: path))
        case .bucket(let bucket, let prefix):
            let environment = ProcessInfo.processInfo.environment
            let credentials = try S3Credentials(environment: environment)
            let transport = try HTTPTransport(authorityPath: environment["AWS_CA_BUNDLE"])
            let store = S3Store(
                credentials: credentials,
                bucket: bucket,
                prefix: prefix,
                transport: transport,
                clock: { WallClock.microseconds() }
            )
            do {
                try await body(store)
            } catch {
                try? await transport.shutdown()
                throw error
            }
            try await transport.shutdown()
        }
    }
}
