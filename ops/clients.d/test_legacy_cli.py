"""databricks-cli, the older command line, run for real: it knows hosts but no ports, and is led to a node by a proxy.

LEGACY_CLI names the program; DATABRICKS_HOSTS the API of each datacentre.
"""

import json
import os
import pathlib
import re
import socket
import subprocess
import threading
import urllib.parse

import pytest

HOSTS = os.environ.get("DATABRICKS_HOSTS", "").split()
CLI = os.environ.get("LEGACY_CLI", "")
pytestmark = pytest.mark.skipif(not (HOSTS and CLI), reason="DATABRICKS_HOSTS and LEGACY_CLI say what to run")
SOURCE = "# Databricks notebook source\n# MAGIC %md\n# MAGIC # Title\n\n# COMMAND ----------\n\nprint(1)"


class Proxy:
    """An HTTP proxy that takes every request to one address: requests name the host that the client was told."""

    def __init__(self, target):
        self.target = (target.hostname, target.port)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, client):
        """One request and its answer; the connection ends with them, so that the next request is looked at, too."""
        with client, socket.create_connection(self.target) as node:
            head = b""
            while b"\r\n\r\n" not in head:
                part = client.recv(65536)
                if not part:
                    return
                head += part
            head, rest = head.split(b"\r\n\r\n", 1)
            lines = [line for line in head.split(b"\r\n") if not line.lower().startswith((b"connection:", b"proxy-connection:"))]
            lines[0] = re.sub(rb"^(\S+) http://[^/ ]+", rb"\1 ", lines[0])
            node.sendall(b"\r\n".join(lines + [b"Connection: close", b"", b""]) + rest)
            length = next((int(line.split(b":")[1]) for line in lines if line.lower().startswith(b"content-length:")), 0)
            missing = length - len(rest)
            while missing > 0 and (part := client.recv(65536)):
                node.sendall(part)
                missing -= len(part)
            answer = b""
            while b"\r\n\r\n" not in answer and (part := node.recv(65536)):
                answer += part
            client.sendall(answer.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
            while part := node.recv(65536):
                client.sendall(part)


@pytest.fixture(scope="module", params=range(len(HOSTS)))
def cli(request, tmp_path_factory):
    """Runs the command line against one datacentre: returns what it prints, or fails with it."""
    proxy = Proxy(urllib.parse.urlsplit(HOSTS[request.param]))
    home = tmp_path_factory.mktemp("home")
    environment = {**os.environ, "HOME": str(home), "http_proxy": proxy.url, "no_proxy": "", "NO_PROXY": "",
                   "DATABRICKS_HOST": "http://tarn.test", "LC_ALL": "C.UTF-8"}

    def run(*arguments, fails=False):
        done = subprocess.run([CLI, *map(str, arguments)], env=environment, capture_output=True, text=True, timeout=120)
        assert (done.returncode != 0) == fails, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout + (done.stderr if fails else "")

    run.name = f"legacy-{request.param}"
    yield run
    proxy.listener.close()


def test_a_workspace_goes_up_and_comes_down(cli, tmp_path):
    folder = tmp_path / "up"
    (folder / "inner ü").mkdir(parents=True)
    (folder / "a.py").write_text(SOURCE)
    (folder / "inner ü" / "b.sql").write_text("-- Databricks notebook source\nSELECT 1")
    place = f"/Users/{cli.name}"
    cli("workspace", "mkdirs", place)
    cli("workspace", "import_dir", folder, f"{place}/tree")
    assert set(cli("workspace", "ls", f"{place}/tree").split("\n")) >= {"a", "inner ü"}
    listed = cli("workspace", "ls", "-l", "--absolute", f"{place}/tree")
    assert re.search(rf"NOTEBOOK\s+{place}/tree/a\s+PYTHON", listed), listed
    down = tmp_path / "down"
    cli("workspace", "export_dir", f"{place}/tree", down)
    assert (down / "a.py").read_text() == SOURCE
    assert (down / "inner ü" / "b.sql").read_text() == "-- Databricks notebook source\nSELECT 1"
    for format in ("SOURCE", "JUPYTER", "HTML", "DBC"):
        file = tmp_path / f"a.{format}"
        cli("workspace", "export", "--format", format, f"{place}/tree/a", file)
        cli("workspace", "import", "--format", format, "--language", "PYTHON", file, f"{place}/{format}")
        back = tmp_path / f"{format}.py"
        cli("workspace", "export", f"{place}/{format}", back)
        assert back.read_text() == SOURCE, format
    assert "RESOURCE_ALREADY_EXISTS" in cli(
        "workspace", "import", "--language", "PYTHON", folder / "a.py", f"{place}/SOURCE", fails=True)
    assert "DIRECTORY_NOT_EMPTY" in cli("workspace", "delete", place, fails=True)
    cli("workspace", "delete", "--recursive", place)
    assert "RESOURCE_DOES_NOT_EXIST" in cli("workspace", "ls", place, fails=True)


def test_files_of_dbfs_go_up_and_come_down(cli, tmp_path):
    data = os.urandom(3_000_000)
    (tmp_path / "up").write_bytes(data)
    place = f"dbfs:/{cli.name}"
    cli("fs", "mkdirs", place)
    cli("fs", "cp", tmp_path / "up", f"{place}/f.bin")
    assert "f.bin" in cli("fs", "ls", place)
    cli("fs", "cp", f"{place}/f.bin", tmp_path / "down")
    assert (tmp_path / "down").read_bytes() == data
    cli("fs", "mv", f"{place}/f.bin", f"{place}/g.bin")
    (tmp_path / "small").write_text("text\n")
    cli("fs", "cp", "--overwrite", tmp_path / "small", f"{place}/small")
    assert cli("fs", "cat", f"{place}/small").strip() == "text"
    cli("fs", "rm", "-r", place)
    assert "RESOURCE_DOES_NOT_EXIST" in cli("fs", "ls", place, fails=True)


def test_jobs_and_clusters_are_documents(cli):
    made = json.loads(cli("jobs", "create", "--version", "2.1", "--json", json.dumps({"name": cli.name, "max_concurrent_runs": 1})))
    assert cli.name in cli("jobs", "list", "--version", "2.1", "--all")
    shown = json.loads(cli("jobs", "get", "--version", "2.1", "--job-id", made["job_id"]))
    assert shown["settings"]["name"] == cli.name
    assert "FEATURE_DISABLED" in cli("jobs", "run-now", "--job-id", made["job_id"], fails=True)
    cli("jobs", "delete", "--job-id", made["job_id"])
    wish = {"cluster_name": cli.name, "spark_version": "15.4.x-scala2.12", "node_type_id": "i3.xlarge", "num_workers": 1}
    cluster = json.loads(cli("clusters", "create", "--json", json.dumps(wish)))["cluster_id"]
    assert json.loads(cli("clusters", "get", "--cluster-id", cluster))["state"] == "TERMINATED"
    assert cli.name in cli("clusters", "list")
    cli("clusters", "permanent-delete", "--cluster-id", cluster)


def test_secrets_groups_tokens_and_policies(cli):
    scope = f"{cli.name}-scope"
    cli("secrets", "create-scope", "--scope", scope)
    cli("secrets", "put", "--scope", scope, "--key", "k", "--string-value", "hidden")
    assert "k" in cli("secrets", "list", "--scope", scope) and scope in cli("secrets", "list-scopes")
    cli("secrets", "put-acl", "--scope", scope, "--principal", "ann@example.com", "--permission", "READ")
    assert "ann@example.com" in cli("secrets", "list-acls", "--scope", scope)
    cli("secrets", "delete-scope", "--scope", scope)
    cli("groups", "create", "--group-name", cli.name)
    assert cli.name in cli("groups", "list")
    assert "RESOURCE_ALREADY_EXISTS" in cli("groups", "create", "--group-name", cli.name, fails=True)
    cli("groups", "delete", "--group-name", cli.name)
    token = json.loads(cli("tokens", "create", "--lifetime-seconds", "600", "--comment", cli.name))
    assert cli.name in cli("tokens", "list")
    cli("tokens", "revoke", "--token-id", token["token_info"]["token_id"])
    policy = json.loads(cli("cluster-policies", "create", "--json", json.dumps({"name": cli.name, "definition": "{}"})))
    assert cli.name in cli("cluster-policies", "list")
    cli("cluster-policies", "delete", "--policy-id", policy["policy_id"])


def test_a_notebook_over_the_limit_is_refused_in_words(cli, tmp_path):
    (tmp_path / "large.py").write_bytes(b"# Databricks notebook source\n" + b"x" * (11 << 20))
    answer = cli("workspace", "import", "--language", "PYTHON", tmp_path / "large.py", "/Shared/large", fails=True)
    assert "MAX_NOTEBOOK_SIZE_EXCEEDED" in answer and "10485760" in answer
