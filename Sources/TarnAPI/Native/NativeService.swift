internal import TarnNode

/// The native API under `/v1`, and health (`ops/formats/native-api.md`). Each resource registers its own routes.
struct NativeService: Sendable {
    let node: any NodeService
    let audit: AuditRecorder

    func register(in routes: inout RouteTable) {
        HealthResource(node: self.node).register(in: &routes)
        StatusResource(node: self.node).register(in: &routes)
        NamespaceResource(node: self.node).register(in: &routes)
        ContentResource(node: self.node).register(in: &routes)
        BulkContentResource(node: self.node).register(in: &routes)
        BlobResource(node: self.node).register(in: &routes)
        StagingResource(node: self.node).register(in: &routes)
        ChangesResource(node: self.node).register(in: &routes)
        LogResource(node: self.node).register(in: &routes)
        DiffResource(node: self.node).register(in: &routes)
        ProofResource(node: self.node).register(in: &routes)
        CatalogResource(node: self.node).register(in: &routes)
        VerifyResource(node: self.node, audit: self.audit).register(in: &routes)
        UpkeepResource(node: self.node, audit: self.audit).register(in: &routes)
        BackupResource(node: self.node, audit: self.audit).register(in: &routes)
        TokenResource(node: self.node).register(in: &routes)
        AuditResource(node: self.node).register(in: &routes)
        RepairResource(node: self.node, audit: self.audit).register(in: &routes)
        ReceiptResource(node: self.node).register(in: &routes)
        OrphanResource(node: self.node).register(in: &routes)
        NodeResource(node: self.node).register(in: &routes)
        MembershipResource(node: self.node, audit: self.audit).register(in: &routes)
    }
}
