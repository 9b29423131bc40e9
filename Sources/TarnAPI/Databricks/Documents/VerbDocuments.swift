internal import Hummingbird
internal import TarnCore

/// Services whose routes name what is done: `…/create`, `…/get?id=`, `…/list`, `…/edit`, `…/delete`.
struct VerbDocuments: Sendable {
    let service: DocumentService
    let prefix: String
    /// The route that replaces a document.
    var edit = "edit"
    /// Whether create answers nothing but the id.
    var createsID = true
    /// Whether there is a route that deletes.
    var deletes = true

    func register(in routes: inout DatabricksRoutes) {
        let service = self.service
        let member = service.shape.idMember
        let createsID = self.createsID
        routes.write(.post, "\(self.prefix)/create") { request in
            let document = try await service.create(request)
            return Response(value: createsID ? .object([member: document[member] ?? .null]) : document)
        }
        routes.get("\(self.prefix)/get") { request in
            Response(value: try await service.get(try request.requiredString(member), request))
        }
        routes.get("\(self.prefix)/list") { request in
            Response(value: try await service.list(request))
        }
        routes.write(.post, "\(self.prefix)/\(self.edit)") { request in
            _ = try await service.change(try request.requiredString(member), isWhole: true, request)
            return .emptyObject
        }
        guard self.deletes else { return }
        routes.write(.post, "\(self.prefix)/delete") { request in
            try await service.delete(try request.requiredString(member), request)
            return .emptyObject
        }
    }
}
