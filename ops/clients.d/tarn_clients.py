"""A pytest plugin for databricks-sdk's integration tests: schemas and volumes are made as folders.

The tests of the Files API make a schema and a volume through the Unity Catalog API before they begin. Here a volume is a folder
under /Volumes that needs no making, so creating one makes the folder and deleting one deletes it, by the Files API itself.
"""

import os
from types import SimpleNamespace

import pytest


@pytest.fixture(scope="session", autouse=True)
def folders_for_volumes():
    from databricks.sdk.service import catalog

    def folder(full_name):
        return "/Volumes/" + full_name.replace(".", "/")

    def call(api, method, path):
        api._api.do(method, "/api/2.0/fs/directories" + path)

    def delete_tree(api, path):
        listing = api._api.do("GET", "/api/2.0/fs/directories" + path)
        for entry in listing.get("contents", []):
            if entry["is_directory"]:
                delete_tree(api, entry["path"])
            else:
                api._api.do("DELETE", "/api/2.0/fs/files" + entry["path"].replace("?", "%3F").replace("#", "%23"))
        call(api, "DELETE", path)

    def create_schema(self, name, catalog_name, **_):
        full_name = f"{catalog_name}.{name}"
        call(self, "PUT", folder(full_name))
        return SimpleNamespace(name=name, full_name=full_name)

    def create_volume(self, catalog_name, schema_name, name, volume_type, **_):
        full_name = f"{catalog_name}.{schema_name}.{name}"
        call(self, "PUT", folder(full_name))
        return SimpleNamespace(name=name, full_name=full_name)

    def delete(self, full_name, **_):
        delete_tree(self, folder(full_name))

    patch = pytest.MonkeyPatch()
    patch.setattr(catalog.SchemasAPI, "create", create_schema)
    patch.setattr(catalog.SchemasAPI, "delete", delete)
    patch.setattr(catalog.VolumesAPI, "create", create_volume)
    patch.setattr(catalog.VolumesAPI, "delete", delete)
    yield
    patch.undo()


@pytest.fixture(scope="session", autouse=True)
def a_workspace_in_use():
    """What every workspace has that somebody works in, and what some tests expect of one."""
    from databricks.sdk import WorkspaceClient

    if "DATABRICKS_HOST" not in os.environ:
        yield
        return
    client = WorkspaceClient()
    client.jobs.create(name="nightly")
    for path in ("/FileStore", "/tmp"):
        client.dbfs.mkdirs(path)
    yield
