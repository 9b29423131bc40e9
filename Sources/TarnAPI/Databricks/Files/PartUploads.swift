internal import HTTPTypes
internal import Hummingbird
internal import Synchronization
internal import TarnCore
internal import TarnCrypto
internal import TarnNode

/// Uploads in parts: a session, signed URLs for its parts, which need no token, and an end that joins them.
struct PartUploads: Sendable {
    private static let sessionsMax = 256
    private static let idleSecondsMax: UInt64 = 3_600
    private static let partsMax = 10_000
    private static let partBytesMax: UInt64 = 5 << 30
    private static let lifetimeSecondsMax: UInt64 = 3_600
    private static let urlsMax = 1_000
    private static let purpose = "upload part"

    let context: DatabricksContext
    private let sessions = OpenUploads<UploadSession>(
        countMax: Self.sessionsMax,
        ownerCountMax: Limits.openUploadsPerOwnerMax,
        idleSecondsMax: Self.idleSecondsMax
    )

    init(context: DatabricksContext) {
        self.context = context
    }

    func register(in routes: inout DatabricksRoutes) {
        routes.write(.post, "/api/2.0/fs/files/**", .named(.write), bodyBytesMax: Limits.partListBytesMax) { request in
            switch try request.string("action") {
            case "initiate-upload": try await self.begin(request)
            case "complete-upload": try await self.complete(request)
            default: throw DatabricksError.invalid("action must be initiate-upload or complete-upload")
            }
        }
        routes.write(.post, "/api/2.0/fs/create-upload-part-urls", .named(.write)) { try self.partURLs($0) }
        routes.write(.post, "/api/2.0/fs/create-abort-upload-url", .named(.write)) { try self.abortURL($0) }
        // The signature in the URL stands for the token.
        routes.upload(.put, "/api/2.0/fs/upload-parts/{}/{}", .anyone, isOrdering: false) { try await self.put($0) }
        routes.upload(.delete, "/api/2.0/fs/upload-parts/{}", .anyone, isOrdering: false) { request in
            let (handle, owner) = try self.verified(request, part: "abort")
            if self.sessions[handle, owner] != nil { self.sessions.close(handle) }
            return Response(status: .noContent)
        }
    }

    // MARK: Session

    private func begin(_ request: DatabricksRequest) async throws -> Response {
        let tree = try FileTree(self.context, request)
        let path = try FilesService.path(request, tree)
        let isOverwriting = try request.flag("overwrite")
        try await FilesService.check(path, isOverwriting, tree)
        let session = UploadSession(
            node: self.context.node,
            budget: self.context.openUploads,
            path: path,
            isOverwriting: isOverwriting
        )
        let handle = try self.sessions.open(session, owner: request.userName)
        return Response(value: ["multipart_upload": ["session_token": .string(String(handle))]])
    }

    private func session(_ request: DatabricksRequest) throws -> (handle: UInt64, UploadSession) {
        let text = try request.requiredString("session_token")
        guard let handle = UInt64(text), let session = self.sessions[handle, request.userName] else {
            throw DatabricksError.missing("The upload session is not open here; begin the upload again")
        }
        return (handle, session)
    }

    // MARK: Signed URLs

    private func signature(_ handle: UInt64, _ part: String, _ owner: String, _ expiry: UInt64) throws -> String {
        guard let box = self.context.secretBox else {
            throw DatabricksError(501, "FEATURE_DISABLED", "this cluster has no key to sign URLs; upload in one piece")
        }
        let mac = box.authenticate(Array("\(handle) \(part) \(expiry) \(owner)".utf8), purpose: Self.purpose)
        return Base64.encodeForURL(mac)
    }

    private func url(_ request: DatabricksRequest, _ handle: UInt64, part: String) throws -> String {
        let expiry = WallClock.microseconds() / 1_000_000 + Self.lifetimeSecondsMax
        let owner = Base64.encodeForURL(Array(request.userName.utf8))
        let signature = try self.signature(handle, part, owner, expiry)
        let place = part == "abort" ? "\(handle)" : "\(handle)/\(part)"
        return "\(request.host(isTLSEnabled: self.context.isTLSEnabled))/api/2.0/fs/upload-parts/\(place)"
            + "?expires=\(expiry)&owner=\(owner)&signature=\(signature)"
    }

    private func partURLs(_ request: DatabricksRequest) throws -> Response {
        let (handle, _) = try self.session(request)
        let start = try request.integer("start_part_number", in: 1...Self.partsMax) ?? 1
        let count = try request.integer("count", in: 1...Self.urlsMax) ?? 1
        let urls = try (start..<min(start + count, Self.partsMax + 1)).map { number -> JSONValue in
            [
                "url": .string(try self.url(request, handle, part: String(number))),
                "part_number": .integer(number),
                "headers": [["name": "Content-Type", "value": "application/octet-stream"]],
            ]
        }
        return Response(value: ["upload_part_urls": .array(urls)])
    }

    private func abortURL(_ request: DatabricksRequest) throws -> Response {
        let (handle, _) = try self.session(request)
        return Response(
            value: [
                "abort_upload_url": ["url": .string(try self.url(request, handle, part: "abort")), "headers": []]
            ]
        )
    }

    /// The handle and owner that the URL's signature vouches for.
    private func verified(_ request: DatabricksRequest, part: String) throws -> (UInt64, String) {
        let index = part == "abort" ? request.segments.count - 1 : 0
        guard let handle = UInt64(request.segments[index]), let expires = request.base.query["expires"],
            let expiry = UInt64(expires), let owner = request.base.query["owner"],
            let signature = request.base.query["signature"],
            ConstantTime.isEqual(
                Array(signature.utf8),
                Array(try self.signature(handle, part, owner, expiry).utf8)
            ), let name = Base64.decode(owner)
        else { throw DatabricksError(403, "PERMISSION_DENIED", "The signature of the URL is not genuine") }
        guard WallClock.microseconds() / 1_000_000 < expiry else {
            throw DatabricksError(403, "PERMISSION_DENIED", "The URL has expired; ask for another one")
        }
        return (handle, String(decoding: name, as: UTF8.self))
    }

    // MARK: Parts

    private func put(_ request: DatabricksRequest) async throws -> Response {
        guard let number = Int(request.id), (1...Self.partsMax).contains(number) else {
            throw DatabricksError.invalid("'\(request.id)' is not the number of a part")
        }
        let (handle, owner) = try self.verified(request, part: request.id)
        guard let session = self.sessions[handle, owner] else {
            throw DatabricksError.missing("The upload session is not open here; begin the upload again")
        }
        let upload = ContentUpload(
            node: self.context.node,
            path: session.path,
            bytesMax: Self.partBytesMax,
            recognisesNotebooks: false,
            isNamedAtOnce: false
        )
        let entry = try await upload.entry(of: request.base, attributes: Attributes())
        await session.take(entry, number: number)
        return Response(status: .ok, headers: [.eTag: EntityTags.text(entry.content)])
    }

    /// Joins the parts in the order that the body names: each must have arrived, with the tag that it was given.
    private func complete(_ request: DatabricksRequest) async throws -> Response {
        let (handle, session) = try self.session(request)
        let tree = try FileTree(self.context, request)
        let named = request.body["parts"]?.items ?? []
        var numbers: [Int] = []
        for part in named.sorted(by: { ($0["part_number"]?.unsigned ?? 0) < ($1["part_number"]?.unsigned ?? 0) }) {
            let number = part["part_number"]?.unsigned.map { Int(clamping: $0) } ?? 0
            guard let entry = session.part(number) else {
                throw DatabricksError.invalid("Part \(number) has not arrived")
            }
            if let tag = part["etag"]?.string, tag != EntityTags.text(entry.content) {
                throw DatabricksError.invalid("Part \(number) arrived with another content than etag \(tag)")
            }
            guard numbers.last != number else { throw DatabricksError.invalid("Part \(number) is named twice") }
            numbers.append(number)
        }
        let joined = try await session.joined(numbers)
        guard let receipt = try await tree.put(joined, at: session.path, isOverwriting: session.isOverwriting) else {
            throw FilesService.exists(tree.paths.text(session.path))
        }
        self.sessions.close(handle)
        return Response.emptyObject.stamped(receipt)
    }
}
