internal import TarnCrypto
internal import TarnNode

/// What clients of Databricks expect of a workspace, over the mirrored ones (`ops/formats/databricks-api.md`). Each
/// service registers its own routes.
struct DatabricksService: Sendable {
    let context: DatabricksContext
    /// Nil for a cluster without a key.
    let accessTokens: AccessTokens?

    init(node: any NodeService, secretBox: SecretBox?, isTLSEnabled: Bool) {
        self.context = DatabricksContext(node: node, secretBox: secretBox, isTLSEnabled: isTLSEnabled)
        self.accessTokens = secretBox.map { AccessTokens(node: node, secretBox: $0) }
    }

    func register(in table: inout RouteTable) {
        var routes = DatabricksRoutes(table: table, context: self.context)
        OAuthService(context: self.context, accessTokens: self.accessTokens).register(in: &routes)
        TokenService(context: self.context).register(in: &routes)
        ScimService(context: self.context).register(in: &routes)
        LegacyGroups(context: self.context).register(in: &routes)
        PermissionsService(context: self.context).register(in: &routes)
        WorkspaceService(context: self.context).register(in: &routes)
        DBFSService(context: self.context).register(in: &routes)
        FilesService(context: self.context).register(in: &routes)
        ReposService(context: self.context).register(in: &routes)
        JobsService(context: self.context).register(in: &routes)
        ClustersService(context: self.context).register(in: &routes)
        ComputeDocuments(context: self.context).register(in: &routes)
        PipelinesService(context: self.context).register(in: &routes)
        SQLDocuments(context: self.context).register(in: &routes)
        DashboardsService(context: self.context).register(in: &routes)
        SecretsService(context: self.context).register(in: &routes)
        SettingsService(context: self.context).register(in: &routes)
        SettingsDocuments(context: self.context).register(in: &routes)
        table = routes.table
    }
}
