internal import Hummingbird
internal import TarnCore

/// Git credentials, notification destinations and lists of addresses.
struct SettingsDocuments: Sendable {
    private static let credentials = DocumentShape(
        kind: "git_credential",
        title: "Git credential",
        idMember: "credential_id",
        idForm: .number,
        isIDNumber: true,
        listMember: "credentials",
        required: ["git_provider"],
        // What opens a Git server is used where notebooks run, and is not taken into a log that lasts.
        secretMembers: ["personal_access_token"],
        paging: nil,
        missing: { .missing("Git credential with id \($0) does not exist.") }
    )
    private static let destinations = DocumentShape(
        kind: "notification_destination",
        title: "Notification destination",
        idMember: "id",
        idForm: .uuid,
        listMember: "results",
        required: ["display_name"],
        missing: { .missing("Notification destination with id \($0) does not exist.") }
    )
    private static let addresses = DocumentShape(
        kind: "ip_access_list",
        title: "IP access list",
        idMember: "list_id",
        idForm: .uuid,
        listMember: "ip_access_lists",
        required: ["label", "list_type"],
        stamps: [
            .createdMilliseconds("created_at"), .updatedMilliseconds("updated_at"), .fixed("enabled", true),
            .fixed("ip_addresses", []),
        ],
        paging: nil,
        missing: { .missing("IP access list with id \($0) does not exist.") }
    )

    let context: DatabricksContext

    func register(in routes: inout DatabricksRoutes) {
        ResourceDocuments(
            service: self.service(Self.credentials),
            prefix: "/api/2.0/git-credentials",
            changesSilently: true
        )
        .register(in: &routes)
        ResourceDocuments(service: self.service(Self.destinations), prefix: "/api/2.0/notification-destinations")
            .register(in: &routes)
        ResourceDocuments(
            service: self.service(Self.addresses),
            prefix: "/api/2.0/ip-access-lists",
            replace: .put,
            wrapper: "ip_access_list"
        )
        .register(in: &routes)
    }

    private func service(_ shape: DocumentShape) -> DocumentService {
        DocumentService(context: self.context, shape: shape)
    }
}
