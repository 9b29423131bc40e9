internal import HTTPTypes
internal import Hummingbird
internal import TarnCore
internal import TarnNode
internal import TarnNotebook

/// `POST /api/2.0/workspace/import`, as JSON with base64 or as a form with the bytes themselves.
struct WorkspaceImport: Sendable {
    let context: DatabricksContext

    func register(in routes: inout DatabricksRoutes) {
        routes.upload(.post, "/api/2.0/workspace/import") { request in
            let order = try await ImportOrder(request)
            let objects = try order.objects()
            let receipt = try await WorkspaceWriter(context: self.context, request: request)
                .write(objects, at: order.path, isOverwriting: order.isOverwriting)
            return Response.emptyObject.stamped(receipt)
        }
    }
}
