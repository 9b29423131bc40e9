"""What coverage.py asks about: one object of each service, made through the SDK, and the arguments that its methods take."""

import base64
import io

from databricks.sdk.service import compute, dashboards, iam, jobs, settings, sql, workspace

# Answers of 4xx that are the right ones of a service whose objects cannot be here, because they come of running something:
# (service, method) -> (status, error code).
NOTHING_RAN = {
    ("jobs", "cancel_run"): (400, "INVALID_PARAMETER_VALUE"),
    ("jobs", "delete_run"): (400, "INVALID_PARAMETER_VALUE"),
    ("jobs", "export_run"): (400, "INVALID_PARAMETER_VALUE"),
    ("jobs", "get_run"): (400, "INVALID_PARAMETER_VALUE"),
    ("jobs", "get_run_output"): (400, "INVALID_PARAMETER_VALUE"),
    ("pipelines", "get_update"): (404, "RESOURCE_DOES_NOT_EXIST"),
    ("policy_families", "get"): (404, "RESOURCE_DOES_NOT_EXIST"),
    ("statement_execution", "cancel_execution"): (404, "NOT_FOUND"),
    ("statement_execution", "get_statement"): (404, "NOT_FOUND"),
    ("statement_execution", "get_statement_result_chunk_n"): (404, "NOT_FOUND"),
}

# Lists that are empty for the same reason, or whose length does not depend on what the walk made.
NOT_COUNTED = {
    ("clusters", "events"), ("data_sources", "list"), ("jobs", "list_runs"), ("libraries", "all_cluster_statuses"),
    ("libraries", "cluster_status"), ("pipelines", "list_pipeline_events"), ("policy_families", "list"),
    ("policy_compliance_for_jobs", "list_compliance"), ("secrets", "list_acls"),
}

# Answers that do not say which object they are about.
WITHOUT_ID = {("lakeview", "get_published"), ("policy_compliance_for_jobs", "get_compliance"), ("token_management", "get")}

SUBSCRIBER = {"subscriber": {"user_subscriber": {"user_id": 1}}}


class Subjects:
    """Makes objects; `number` differs in each, so that names that must be unique are."""

    def __init__(self, client):
        self.client = client
        self.number = 0

    def make(self, service):
        """Arguments by name, of a new object of `service`; nothing for a service without objects."""
        self.number += 1
        maker = getattr(self, service, None)
        return maker(self.number) if maker else {}

    def alerts(self, n):
        alert = sql.CreateAlertRequestAlert(display_name=f"alert {n}", query_id=self.queries(n)["id"])
        return {"id": self.client.alerts.create(alert=alert).id, "update_mask": "display_name",
                "alert": {"create": alert, "update": sql.UpdateAlertRequestAlert(display_name="other")}}

    def alerts_legacy(self, n):
        options = sql.AlertOptions(column="c", op="==", value="1")
        made = self.client.alerts_legacy.create(f"alert {n}", options, "q")
        return {"alert_id": made.id, "name": f"alert {n}", "options": options, "query_id": "q"}

    def alerts_v2(self, n):
        alert = sql.AlertV2(
            f"alert {n}", "SELECT 1", "w",
            sql.AlertV2Evaluation(
                source=sql.AlertV2OperandColumn(name="c"), comparison_operator=sql.ComparisonOperator.EQUAL,
                threshold=sql.AlertV2Operand(value=sql.AlertV2OperandValue(double_value=1.5))),
            sql.CronSchedule(quartz_cron_schedule="0 0 0 * * ?", timezone_id="UTC"))
        return {"id": self.client.alerts_v2.create_alert(alert).id, "alert": alert, "update_mask": "display_name"}

    def cluster_policies(self, n):
        made = self.client.cluster_policies.create(name=f"policy {n}", definition='{"spark_version": {"type": "fixed", "value": "x"}}')
        return {"policy_id": made.policy_id, "cluster_policy_id": made.policy_id,
                "name": {"create": f"new policy {n}", "edit": f"edited policy {n}"}, "definition": "{}"}

    def clusters(self, n):
        made = self.client.clusters.create(
            "15.4.x-scala2.12", cluster_name=f"cluster {n}", num_workers=1, node_type_id="i3.xlarge", autotermination_minutes=30,
            spark_conf={"spark.x": "1"}, custom_tags={"team": "a"}, autoscale=None).response
        return {"cluster_id": made.cluster_id, "spark_version": "15.4.x-scala2.12", "num_workers": 2, "owner_username": "ann@example.com",
                "update_mask": "num_workers", "cluster": compute.UpdateClusterResource(num_workers=3)}

    command_execution = clusters
    libraries = clusters

    def dashboards(self, n):
        made = self.client.api_client.do("POST", "/api/2.0/preview/sql/dashboards", body={"name": f"dashboard {n}"})
        return {"dashboard_id": made["id"], "name": "other"}

    def dbfs(self, n):
        path = f"/coverage/{n}"
        self.client.dbfs.put(path, contents=base64.b64encode(b"0123456789").decode())
        handle = self.client.dbfs.create(path + ".stream").handle
        return {"listed": [path], "path": {"put": path + ".put", "create": path + ".create", "mkdirs": path + ".folder", "list": "/coverage", None: path},
                "contents": "MQ==", "source_path": path, "destination_path": path + ".moved", "handle": handle, "data": "MQ=="}

    def files(self, n):
        folder = f"/Volumes/coverage/default/files/{n}"
        self.client.files.create_directory(f"{folder}/empty")
        self.client.files.upload(f"{folder}/file", io.BytesIO(b"0123456789"))
        return {"listed": [folder], "file_path": {"upload": f"{folder}/new", None: f"{folder}/file"}, "contents": io.BytesIO(b"content"),
                "directory_path": {"list_directory_contents": "/Volumes/coverage/default/files", None: f"{folder}/empty"}}

    def git_credentials(self, n):
        made = self.client.git_credentials.create("gitHub", git_username=f"user {n}", personal_access_token="x")
        return {"credential_id": made.credential_id, "git_provider": "gitHub", "git_username": f"other {n}"}

    def global_init_scripts(self, n):
        made = self.client.global_init_scripts.create(f"script {n}", "ZWNobw==")
        return {"script_id": made.script_id, "name": f"script {n}", "script": "ZWNobw=="}

    def groups(self, n):
        made = self.client.groups.create(display_name=f"group {n}", members=[iam.ComplexValue(value="7")])
        return {"id": {"create": None, None: made.id}, "display_name": f"other group {n}",
                "operations": [iam.Patch(op=iam.PatchOp.REPLACE, path="displayName", value=f"patched group {n}")]}

    groups_v2 = groups

    def users(self, n):
        made = self.client.users.create(
            user_name=f"user{n}@example.com", display_name="User", emails=[iam.ComplexValue(value=f"user{n}@example.com", primary=True)],
            name=iam.Name(given_name="U", family_name="Ser"), entitlements=[iam.ComplexValue(value="allow-cluster-create")])
        return {"id": {"create": None, None: made.id}, "user_name": {"create": f"new{n}@example.com", None: f"user{n}@example.com"},
                "operations": [iam.Patch(op=iam.PatchOp.REPLACE, path="displayName", value="Patched")]}

    users_v2 = users

    def service_principals(self, n):
        made = self.client.service_principals.create(display_name=f"principal {n}")
        return {"id": {"create": None, None: made.id}, "application_id": {"update": made.application_id}, "display_name": f"other {n}",
                "operations": [iam.Patch(op=iam.PatchOp.REPLACE, path="displayName", value="Patched")]}

    service_principals_v2 = service_principals

    def instance_pools(self, n):
        made = self.client.instance_pools.create(f"pool {n}", "i3.xlarge", max_capacity=5, custom_tags={"team": "a"})
        return {"instance_pool_id": made.instance_pool_id, "node_type_id": "i3.xlarge",
                "instance_pool_name": {"create": f"new pool {n}", "edit": f"edited pool {n}"}}

    def instance_profiles(self, n):
        arn = f"arn:aws:iam::123456789012:instance-profile/p{n}"
        self.client.instance_profiles.add(arn, skip_validation=True)
        return {"instance_profile_arn": {"add": arn + "new", None: arn}, "iam_role_arn": "arn:aws:iam::123456789012:role/r"}

    def ip_access_lists(self, n):
        made = self.client.ip_access_lists.create(f"list {n}", settings.ListType.ALLOW, ip_addresses=["10.0.0.0/8"])
        return {"ip_access_list_id": made.ip_access_list.list_id, "label": "other", "list_type": settings.ListType.BLOCK,
                "enabled": True, "ip_addresses": ["10.1.0.0/16"]}

    def jobs(self, n):
        task = jobs.Task(task_key="a", notebook_task=jobs.NotebookTask(notebook_path="/x"), existing_cluster_id="1121-000000-abcdefgh")
        made = self.client.jobs.create(name=f"job {n}", tasks=[task], tags={"team": "a"}, max_concurrent_runs=1)
        changed = jobs.JobSettings(name=f"other {n}", tasks=[task], timeout_seconds=5)
        return {"job_id": made.job_id, "new_settings": changed, "tasks": [task], "expand_tasks": True}

    def policy_compliance_for_jobs(self, n):
        return {**self.jobs(n), "policy_id": self.cluster_policies(n)["policy_id"]}

    def lakeview(self, n):
        dashboard = dashboards.Dashboard(display_name=f"dashboard {n}", serialized_dashboard='{"pages": []}', warehouse_id="w")
        made = self.client.lakeview.create(dashboard)
        self.client.lakeview.publish(made.dashboard_id, warehouse_id="w")
        cron = dashboards.Schedule(
            cron_schedule=dashboards.CronSchedule(quartz_cron_expression="0 0 0 * * ?", timezone_id="UTC"), display_name="daily")
        schedule = self.client.lakeview.create_schedule(made.dashboard_id, cron)
        subscription = dashboards.Subscription.from_dict(SUBSCRIBER)
        subscribed = self.client.lakeview.create_subscription(made.dashboard_id, schedule.schedule_id, subscription)
        return {"dashboard_id": made.dashboard_id, "dashboard": dashboard, "schedule_id": schedule.schedule_id, "schedule": cron,
                "subscription_id": subscribed.subscription_id, "subscription": subscription, "warehouse_id": "w",
                "source_dashboard_id": self.dashboards(n)["dashboard_id"]}

    def permissions(self, n):
        entry = iam.AccessControlRequest(user_name="ann@example.com", permission_level=iam.PermissionLevel.CAN_MANAGE)
        return {"request_object_type": "jobs", "request_object_id": str(self.jobs(n)["job_id"]), "access_control_list": [entry]}

    def pipelines(self, n):
        made = self.client.pipelines.create(name=f"pipeline {n}", continuous=False, configuration={"a": "b"})
        return {"pipeline_id": made.pipeline_id, "update_id": "1", "name": {"create": f"new pipeline {n}", "clone": f"clone {n}",
                "update": f"other pipeline {n}"}}

    def queries(self, n):
        query = sql.CreateQueryRequestQuery(display_name=f"query {n}", query_text="SELECT 1", warehouse_id="w", tags=["t"])
        made = self.client.queries.create(query=query)
        shown = sql.CreateVisualizationRequestVisualization(display_name="v", query_id=made.id, type="TABLE", serialized_options="{}")
        self.client.query_visualizations.create(visualization=shown)
        return {"id": made.id, "update_mask": "display_name",
                "query": {"create": query, "update": sql.UpdateQueryRequestQuery(display_name="other")}}

    def queries_legacy(self, n):
        made = self.client.queries_legacy.create(name=f"query {n}", query="SELECT 1", tags=["t"])
        return {"query_id": made.id, "name": "other", "query": "SELECT 2"}

    def query_visualizations(self, n):
        shown = sql.CreateVisualizationRequestVisualization(
            display_name="v", query_id=self.queries(n)["id"], type="TABLE", serialized_options="{}")
        made = self.client.query_visualizations.create(visualization=shown)
        changed = sql.UpdateVisualizationRequestVisualization(display_name="other")
        return {"id": made.id, "visualization": {"create": shown, "update": changed}, "update_mask": "display_name"}

    def repos(self, n):
        url = "https://github.com/example/example.git"
        self.client.workspace.mkdirs("/Repos/coverage")
        made = self.client.repos.create(url, "gitHub", path=f"/Repos/coverage/r{n}")
        return {"repo_id": made.id, "url": url, "provider": "gitHub", "path": f"/Repos/coverage/new{n}", "branch": "other"}

    def secrets(self, n):
        scope = f"scope{n}"
        self.client.secrets.create_scope(scope)
        self.client.secrets.put_secret(scope, "key", string_value="value")
        self.client.secrets.put_acl(scope, "ann@example.com", workspace.AclPermission.READ)
        return {"scope": {"create_scope": scope + "new", None: scope}, "key": "key", "principal": "ann@example.com",
                "permission": workspace.AclPermission.WRITE, "string_value": "other"}

    def statement_execution(self, n):
        return {"warehouse_id": self.warehouses(n)["id"], "statement": "SELECT 1"}

    def tokens(self, n):
        made = self.client.tokens.create(comment=f"token {n}", lifetime_seconds=3600)
        token = settings.PublicTokenInfo(comment="other")
        return {"token_id": made.token_info.token_id, "comment": "new", "token": token, "update_mask": mask("comment")}

    def token_management(self, n):
        principal = self.client.service_principals.create(display_name=f"principal {n}")
        return {**self.tokens(n), "application_id": principal.application_id, "token": settings.TokenInfo(comment="other")}

    def warehouses(self, n):
        made = self.client.warehouses.create(name=f"warehouse {n}", cluster_size="Small", max_num_clusters=1).response
        override = sql.DefaultWarehouseOverride.from_dict({"type": "CUSTOM", "warehouse_id": made.id})
        self.client.warehouses.create_default_warehouse_override(override, str(n))
        return {"id": made.id, "warehouse_id": made.id, "default_warehouse_override": override,
                "default_warehouse_override_id": f"{n}0", "update_mask": mask("type"),
                "name": {"create": f"new warehouse {n}", "edit": f"edited warehouse {n}", None: f"default-warehouse-overrides/{n}"},
                "cluster_size": "Small"}

    def workspace(self, n):
        self.client.workspace.mkdirs(f"/coverage/{n}/empty")
        path = f"/coverage/{n}/notebook"
        self.client.workspace.import_(
            path, content=base64.b64encode(b"print(1)").decode(), language=workspace.Language.PYTHON,
            format=workspace.ImportFormat.SOURCE)
        number = str(self.client.workspace.get_status(path).object_id)
        return {"listed": [f"/coverage/{n}"], "path": {"import_": path + "new", "mkdirs": f"/coverage/{n}/new", "list": "/coverage", None: path},
                "content": "cHJpbnQoMSk=", "language": workspace.Language.PYTHON, "format": {"import_": workspace.ImportFormat.SOURCE},
                "workspace_object_type": "notebooks", "workspace_object_id": number}

    def workspace_conf(self, n):
        self.client.workspace_conf.set_status({"enableIpAccessLists": "true"})
        return {"keys": "enableIpAccessLists", "contents": {"enableIpAccessLists": "false"}}


def mask(field):
    """A field mask of one field."""
    from databricks.sdk.common.types.fieldmask import FieldMask

    result = FieldMask()
    result.FromJsonString(field)
    return result
