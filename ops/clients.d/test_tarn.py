"""What the SDK's own tests do not try: large files in parts, OAuth, other workspaces, tokens, secrets, every datacentre.

DATABRICKS_HOSTS names the API of each datacentre, the first one first; TARN_LONG=1 sends some gigabytes.
"""

import hashlib
import io
import os
import pathlib
import random
import re
import subprocess
import tempfile
import time
import urllib.request

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.core import Config
from databricks.sdk.errors import (BadRequest, DatabricksError, NotFound, PermissionDenied, ResourceAlreadyExists,
                                   Unauthenticated)
from databricks.sdk.service import jobs, pipelines, sql
from databricks.sdk.service.workspace import ExportFormat, ImportFormat, Language, ObjectType

HOSTS = os.environ.get("DATABRICKS_HOSTS", "").split()
TOKEN = os.environ.get("DATABRICKS_TOKEN", "")
pytestmark = pytest.mark.skipif(not HOSTS, reason="DATABRICKS_HOSTS names no datacentre")
HOME = "/Users/clients"


def client(index=-1, **settings):
    settings = {"token": TOKEN, **settings}
    return WorkspaceClient(config=Config(host=settings.pop("host", HOSTS[index]), **settings))


def eventually(check, seconds=10):
    """Waits for what was written at one datacentre to be seen at another, where no bearer's write is waited for."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return check()
        except (AssertionError, DatabricksError, ValueError, pytest.fail.Exception):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


@pytest.fixture(scope="module", autouse=True)
def home():
    client().workspace.mkdirs(HOME)


@pytest.mark.parametrize("index", range(len(HOSTS)))
def test_a_notebook_in_every_format_at_every_datacentre(index):
    w = client(index)
    path = f"{HOME}/formats-{index}"
    source = b"# Databricks notebook source\n# MAGIC %md\n# MAGIC # Title\n\n# COMMAND ----------\n\nprint(1)"
    w.workspace.upload(path, io.BytesIO(source), format=ImportFormat.SOURCE, language=Language.PYTHON)
    first = w.workspace.get_status(path)
    assert (first.object_type, first.language) == (ObjectType.NOTEBOOK, Language.PYTHON)
    for format in (ExportFormat.SOURCE, ExportFormat.JUPYTER, ExportFormat.HTML, ExportFormat.DBC, ExportFormat.R_MARKDOWN):
        content = w.workspace.download(path, format=format).read()
        w.workspace.upload(path + "-copy", io.BytesIO(content), format=ImportFormat(format.value), language=Language.PYTHON,
                           overwrite=format is not ExportFormat.SOURCE)
        back = w.workspace.download(path + "-copy").read()
        assert back == source, format
    # AUTO looks at the bytes, and names a notebook without the extension.
    jupyter = w.workspace.download(path, format=ExportFormat.JUPYTER).read()
    for name, content, kind in (("auto.py", source, ObjectType.NOTEBOOK), ("book.ipynb", jupyter, ObjectType.NOTEBOOK),
                                ("plain.py", b"print(1)", ObjectType.FILE)):
        w.workspace.upload(f"{path}-{name}", io.BytesIO(content), format=ImportFormat.AUTO)
        there = f"{path}-{name}" if kind is ObjectType.FILE else f"{path}-{name}".rsplit(".", 1)[0]
        assert w.workspace.get_status(there).object_type is kind
        assert w.workspace.download(there, format=ExportFormat.AUTO).read() == content
    with pytest.raises(ResourceAlreadyExists):
        w.workspace.upload(path, io.BytesIO(source), format=ImportFormat.SOURCE, language=Language.PYTHON)
    w.workspace.upload(path, io.BytesIO(b"select 1"), format=ImportFormat.SOURCE, language=Language.SQL, overwrite=True)
    seen = [eventually(lambda: same_language(client(i).workspace.get_status(path), Language.SQL)) for i in range(len(HOSTS))]
    assert {(o.object_id, o.modified_at) for o in seen} == {(first.object_id, seen[0].modified_at)}


def same_language(status, language):
    assert status.language is language
    return status


def test_the_tree_is_the_same_at_every_datacentre():
    w = client(0)
    for name in ("a", "a/b", "c ü"):
        w.workspace.mkdirs(f"{HOME}/tree/{name}")
        w.workspace.upload(f"{HOME}/tree/{name}/n.py", io.BytesIO(b"1"), overwrite=True)

    def check():
        trees = [sorted((o.path, o.object_id, o.modified_at) for o in client(i).workspace.list("/", recursive=True))
                 for i in range(len(HOSTS))]
        assert len(trees[0]) >= 3 and all(tree == trees[0] for tree in trees)

    eventually(check)


def test_a_bearer_reads_its_own_writes_at_any_datacentre():
    for index in range(len(HOSTS)):
        w = client(index)
        for number in range(20):
            path = f"{HOME}/own-{index}-{number}"
            w.workspace.upload(path, io.BytesIO(b"1"), format=ImportFormat.SOURCE, language=Language.PYTHON)
            assert w.workspace.get_status(path).object_id
            w.workspace.delete(path)
            with pytest.raises(NotFound):
                w.workspace.get_status(path)


def random_file(folder, name, count):
    """A file of `count` bytes that do not compress, and their SHA-256."""
    path, digest = pathlib.Path(folder) / name, hashlib.sha256()
    with open(path, "wb") as file:
        while count:
            block = os.urandom(min(count, 8 << 20))
            file.write(block)
            digest.update(block)
            count -= len(block)
    return path, digest.hexdigest()


def digest_of(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@pytest.mark.parametrize("parallel", [True, False])
def test_a_large_file_goes_up_in_parts_and_comes_down_in_ranges(parallel):
    size = (4 << 30) + 12_345 if os.environ.get("TARN_LONG") == "1" and parallel else 123_456_789
    target = f"/Volumes/main/default/clients/large-{parallel}.bin"
    with tempfile.TemporaryDirectory() as folder:
        path, digest = random_file(folder, "up", size)
        up = client(-1)
        up.files.upload_from(target, str(path), overwrite=True, use_parallel=parallel)
        assert up.files.get_metadata(target).content_length == size
        path.unlink()
        down = str(pathlib.Path(folder) / "down")
        up.files.download_to(target, down, overwrite=True, use_parallel=parallel)
        assert digest_of(down) == digest
        with pytest.raises(DatabricksError):
            up.files.upload(target, io.BytesIO(b"x"), overwrite=False)
    request = urllib.request.Request(up.config.host + "/api/2.0/fs/files" + target)
    request.add_header("Authorization", f"Bearer {TOKEN}")
    request.add_header("Range", f"bytes={size - 5}-")
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 206 and len(answer.read()) == 5
        assert answer.headers["Content-Range"] == f"bytes {size - 5}-{size - 1}/{size}"


class Pattern(io.RawIOBase):
    """A file of `size` bytes that takes no room here and little at the nodes: each 64 KiB repeat the hash of their number."""

    block = 65536

    def __init__(self, size):
        self.size = size
        self.position = 0

    def at(self, start, end):
        first, last = start // self.block, (end + self.block - 1) // self.block
        text = b"".join(hashlib.sha256(str(n).encode()).digest() * (self.block // 32) for n in range(first, last))
        return text[start - first * self.block:end - first * self.block]

    def readable(self):
        return True

    def readinto(self, buffer):
        end = min(self.size, self.position + len(buffer))
        count = end - self.position
        buffer[:count] = self.at(self.position, end)
        self.position = end
        return count


def peak_memory_bytes():
    """The most memory that any of the nodes had resident so far."""
    texts = [pathlib.Path(f"/proc/{pid}/status").read_text() for pid in os.environ["TARN_NODE_PIDS"].split()]
    return max(int(re.search(r"VmHWM:\s+(\d+) kB", text)[1]) << 10 for text in texts)


@pytest.mark.skipif(os.environ.get("TARN_LONG") != "1", reason="takes minutes: TARN_LONG=1")
def test_a_file_of_many_gigabytes_goes_up_in_signed_parts_in_bounded_memory():
    size = (int(os.environ.get("TARN_LARGE_GIB", "20")) << 30) + 12_345
    target, file = "/Volumes/main/default/clients/pattern.bin", Pattern(size)
    w = client(0)
    begin = time.monotonic()
    w.files.upload(target, io.BufferedReader(file, 1 << 20), overwrite=True, use_parallel=False)
    seconds = time.monotonic() - begin
    assert w.files.get_metadata(target).content_length == size
    chunk = 4 << 20
    places = [0, 1, size - 7] + [n * chunk + d for n in (1, 2, size // chunk) for d in (-3, 0, 5)]
    places += [random.Random(7).randrange(size) for _ in range(100)]
    for index in range(len(HOSTS)):
        for start in places:
            end = min(size, start + 100_000)
            request = urllib.request.Request(f"{HOSTS[index]}/api/2.0/fs/files{target}")
            request.add_header("Authorization", f"Bearer {TOKEN}")
            request.add_header("Range", f"bytes={start}-{end - 1}")
            with urllib.request.urlopen(request) as answer:
                assert answer.read() == file.at(start, end), (index, start)
    peak = peak_memory_bytes()
    print(f"{size >> 20} MiB in {seconds:.0f} s, {size / seconds / 1e6:.0f} MB/s; at most {peak >> 20} MiB of a node's memory")
    assert peak < 1 << 30
    w.files.delete(target)


def test_a_stream_of_blocks_becomes_a_file_of_dbfs():
    w, data = client(), os.urandom(5_000_000)
    with w.dbfs.open("/clients/stream", write=True, overwrite=True) as file:
        for start in range(0, len(data), 700_000):
            file.write(data[start:start + 700_000])
    read = b""
    with w.dbfs.open("/clients/stream", read=True) as file:
        while block := file.read(1 << 20):
            read += block
    assert read == data
    w.dbutils.fs.cp("dbfs:/clients/stream", "dbfs:/clients/copy")
    assert w.dbfs.get_status("/clients/copy").file_size == len(data)
    assert {entry.name for entry in w.dbutils.fs.ls("/clients")} == {"stream", "copy"}
    w.dbutils.fs.rm("dbfs:/clients", recurse=True)


def test_machines_get_in_by_oauth_at_every_datacentre():
    made = client(0).tokens.create(comment="machine", lifetime_seconds=3600)
    for index in range(len(HOSTS)):
        def check():
            w = WorkspaceClient(host=HOSTS[index], client_id=made.token_info.token_id, client_secret=made.token_value,
                                auth_type="oauth-m2m")
            assert w.current_user.me().user_name == client(0).current_user.me().user_name
            return w

        w = eventually(check)
        assert w.config.auth_type == "oauth-m2m"
    client(0).tokens.delete(made.token_info.token_id)
    # What was made of the token ends with it.
    eventually(lambda: pytest.raises(Unauthenticated, w.workspace.get_status, "/"))


def test_tokens_expire_are_revoked_and_have_a_scope():
    w = client(0)
    short = w.tokens.create(comment="short", lifetime_seconds=1)
    gone = w.tokens.create(comment="gone")
    w.tokens.delete(gone.token_info.token_id)
    for token in (short.token_value, gone.token_value, "tarn_nobody_0"):
        eventually(lambda: pytest.raises(Unauthenticated, client(0, token=token).workspace.get_status, "/"))
    made = subprocess.run([os.environ["TARN"], "token", "create", "reader", "--scope", "read"], capture_output=True, text=True)
    reader = client(0, token=made.stdout.strip())
    assert eventually(lambda: reader.workspace.get_status("/")).path == "/"
    for call in (lambda: reader.workspace.mkdirs("/x"), lambda: reader.jobs.create(name="x"),
                 lambda: reader.secrets.create_scope("x"), lambda: reader.users.create(user_name="x")):
        with pytest.raises(PermissionDenied):
            call()


def test_another_workspace_stands_behind_a_prefix():
    here, there = client(), client(host=f"{HOSTS[-1]}/w/clients-other")
    there.workspace.upload("/Shared/only-there.py", io.BytesIO(b"1"), overwrite=True)
    assert [o.path for o in there.workspace.list("/", recursive=True)] == ["/Shared/only-there.py"]
    assert "/Shared/only-there.py" not in {o.path for o in here.workspace.list("/", recursive=True)}
    assert here.get_workspace_id() != there.get_workspace_id()
    job = there.jobs.create(name="only-there")
    with pytest.raises(DatabricksError):
        here.jobs.get(job.job_id)
    # Signed URLs lead through the prefix, too.
    there.files.upload("/Volumes/main/default/clients/prefix.bin", io.BytesIO(b"q" * 60_000_000), overwrite=True)
    there.files.delete("/Volumes/main/default/clients/prefix.bin")


def test_jobs_are_documents_and_do_not_run():
    w = client()
    task = jobs.Task(task_key="t", notebook_task=jobs.NotebookTask(notebook_path=f"{HOME}/n"))
    made = w.jobs.create(name="clients", tasks=[task], max_concurrent_runs=2)
    w.jobs.update(made.job_id, new_settings=jobs.JobSettings(name="clients-2", tasks=[jobs.Task(task_key="u")]))
    settings = w.jobs.get(made.job_id).settings
    assert (settings.name, settings.max_concurrent_runs) == ("clients-2", 2)
    assert {task.task_key for task in settings.tasks} == {"t", "u"}
    assert [job.job_id for job in w.jobs.list(name="clients-2")] == [made.job_id]
    with pytest.raises(DatabricksError, match="mirror") as refusal:
        w.jobs.run_now(made.job_id)
    assert refusal.value.error_code == "FEATURE_DISABLED"
    w.jobs.delete(made.job_id)
    with pytest.raises(NotFound):
        w.jobs.get(made.job_id)


def test_secrets_come_back_and_are_not_listed():
    w = client()
    w.secrets.create_scope("clients")
    w.secrets.put_secret("clients", "k", string_value="hidden")
    assert w.dbutils.secrets.get("clients", "k") == "hidden"
    assert [secret.key for secret in w.secrets.list_secrets("clients")] == ["k"]
    with pytest.raises(ResourceAlreadyExists):
        w.secrets.create_scope("clients")
    w.secrets.delete_scope("clients")


def test_pipelines_are_cloned_and_dashboards_reverted():
    w = client()
    first = w.pipelines.create(name="clients", catalog="main", target="a").pipeline_id
    second = w.pipelines.clone_pipeline(first, name="clients-2", target="b").pipeline_id if hasattr(
        w.pipelines, "clone_pipeline") else w.api_client.do(
            "POST", f"/api/2.0/pipelines/{first}/clone", body={"name": "clients-2", "target": "b"})["pipeline_id"]
    spec = w.pipelines.get(second).spec
    assert (spec.name, spec.catalog, spec.target, spec.id) == ("clients-2", "main", "b", second)
    dashboard = w.api_client.do("POST", "/api/2.0/lakeview/dashboards", body={"display_name": "d", "serialized_dashboard": "{}"})
    place = f"/api/2.0/lakeview/dashboards/{dashboard['dashboard_id']}"
    w.api_client.do("POST", f"{place}/published", body={})
    w.api_client.do("PATCH", place, body={"serialized_dashboard": '{"pages":[]}'})
    assert w.api_client.do("POST", f"{place}/revert", body={})["dashboard"]["serialized_dashboard"] == "{}"


def test_a_default_warehouse_is_the_bearers_own():
    w = client()
    made = w.warehouses.create_default_warehouse_override(
        sql.DefaultWarehouseOverride(type=sql.DefaultWarehouseOverrideType.CUSTOM, warehouse_id="abc"), "me")
    assert made.warehouse_id == "abc"
    assert w.warehouses.get_default_warehouse_override(made.name) == made
    assert [o.name for o in w.warehouses.list_default_warehouse_overrides()] == [made.name]
    w.warehouses.delete_default_warehouse_override("default-warehouse-overrides/me")
    assert list(w.warehouses.list_default_warehouse_overrides()) == []


@pytest.mark.parametrize("arguments, text", [
    ({"path": f"{HOME}/x", "content": "!!", "language": "PYTHON"}, "base64"),
    ({"path": f"{HOME}/x", "content": "MQ=="}, "language"),
    ({"path": f"{HOME}/x", "content": "MQ==", "format": "WORD"}, "Unknown format"),
    ({"path": f"{HOME}/../../x", "content": "MQ==", "language": "PYTHON"}, "invalid"),
    ({"path": "x", "content": "MQ==", "language": "PYTHON"}, "start with '/'"),
])
def test_bad_imports_are_named(arguments, text):
    with pytest.raises(BadRequest, match=re.escape(text)):
        client().api_client.do("POST", "/api/2.0/workspace/import", body=arguments)
