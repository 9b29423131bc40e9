internal import HTTPTypes
internal import Hummingbird
internal import TarnCore

/// Services whose routes name what it is done to: `POST …`, `GET …`, and GET, PATCH, PUT, DELETE of `…/<id>`.
struct ResourceDocuments: Sendable {
    let service: DocumentService
    let prefix: String
    /// The method that changes a document, and whether it replaces the whole of it.
    var change: (method: HTTPRequest.Method, isWhole: Bool)? = (.patch, false)
    /// A second method that changes, for services that have both.
    var replace: HTTPRequest.Method?
    /// What create answers: the document, nothing but its id, or the document under a name.
    var created: Created = .document
    /// The name under which get and change answer the document; nil for the document itself.
    var wrapper: String?
    /// Whether a change answers an empty object.
    var changesSilently = false

    enum Created: Sendable {
        case document
        case id
    }

    func register(in routes: inout DatabricksRoutes) {
        let service = self.service
        let member = service.shape.idMember
        let created = self.created
        let wrapper = self.wrapper
        @Sendable func wrapped(_ document: JSONValue) -> Response {
            Response(value: wrapper.map { .object([$0: document]) } ?? document)
        }
        routes.write(.post, self.prefix) { request in
            let document = try await service.create(request)
            if created == .id { return Response(value: .object([member: document[member] ?? .null])) }
            return wrapped(document)
        }
        routes.get(self.prefix) { request in
            Response(value: try await service.list(request))
        }
        routes.get("\(self.prefix)/{}") { request in
            wrapped(try await service.get(request.id, request))
        }
        let isSilent = self.changesSilently
        for (method, isWhole) in [self.change, self.replace.map { ($0, true) }].compactMap(\.self) {
            routes.write(method, "\(self.prefix)/{}") { request in
                let document = try await service.change(request.id, isWhole: isWhole, request)
                return isSilent ? .emptyObject : wrapped(document)
            }
        }
        routes.write(.delete, "\(self.prefix)/{}") { request in
            try await service.delete(request.id, request)
            return .emptyObject
        }
    }
}

extension DatabricksRequest {
    /// What the last open segment of the route stands for.
    var id: String { self.segments.last ?? "" }
}
