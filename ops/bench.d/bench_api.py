"""The API for Databricks clients: list, get-status, export and import of notebooks, beside nginx with the same bytes.

Then a whole workspace is listed through databricks-sdk, where it is installed (TARN_CLIENTS_PYTHON): what the node does meanwhile
should be little beside what the client does.
"""
import base64
import os
import pathlib

import harness
from harness import say
from static import Static

CONNECTIONS = (1, 64)
WALK = """
import os, time
from databricks.sdk import WorkspaceClient
client = WorkspaceClient(host=os.environ["DATABRICKS_HOST"], token=os.environ["DATABRICKS_TOKEN"])
begin = time.monotonic()
count = sum(1 for _ in client.workspace.list("/", recursive=True))
print(count, time.monotonic() - begin)
"""
NAMES = {
    "status": "get-status of a notebook", "export": "export of an 8 KiB notebook", "list": "list of 1,000 notebooks",
    "import": "import of an 8 KiB notebook", "static": "nginx, 8 KiB file",
}


def load(port, token, kind, connections, duration, cpu=lambda: 0.0):
    """One run of wrk; its figures. `cpu` tells the server's CPU seconds so far."""
    return harness.wrk("api.lua", port, connections, duration, [kind, token, base64.b64encode(source(1)[16:]).decode()], cpu)


def source(number):
    """An 8 KiB notebook that no other is equal to."""
    line = f"value_{number} = spark.table('main.default.orders').where('id > {number}').count()\n"
    return ("# Databricks notebook source\n" + line * (8192 // len(line))).encode()[:8192].ljust(8192, b"#")


def walk(cluster, node, work, notebooks):
    """A recursive list of a whole workspace by the SDK; None where there is no SDK."""
    python = os.environ.get("TARN_CLIENTS_PYTHON")
    if not python:
        say("  databricks-sdk is not installed: no recursive list")
        return None
    harness.make_corpus(work / "corpus", "--notebooks", str(notebooks))
    cluster.tarn("import", str(work / "corpus"), "/workspace/walk")
    # The full-text index begins once imports have been idle for two seconds.
    cluster.settle(quiet=10.0)
    host = f"http://127.0.0.1:{node.api_port}/w/walk"
    before = node.cpu()
    cost, text = harness.run([python, "-c", WALK], environment={"DATABRICKS_HOST": host, "DATABRICKS_TOKEN": cluster.token})
    cpu = node.cpu() - before
    count, seconds = text.split()
    figure = {"notebooks": int(count), "seconds": float(seconds), "client_cpu": cost.cpu, "node_cpu": cpu, "node_share": cpu / float(seconds)}
    say(f"  recursive list of {count} notebooks by the SDK: {float(seconds):.1f} s, node CPU {100 * figure['node_share']:.0f} % of that")
    return figure


def measure(work, options):
    figures = {"runs": []}
    with harness.Cluster(work / "cluster", options.nodes) as cluster:
        cluster.settle(quiet=2.0)
        primary = cluster.primary()
        standby = next((node for node in cluster.nodes if node is not primary), None)
        cluster.request(primary, "POST", "/api/2.0/workspace/mkdirs", {"path": "/Shared/bench"})
        cluster.request(primary, "POST", "/api/2.0/workspace/mkdirs", {"path": "/Shared/imports"})
        for number in range(1000):
            cluster.request(primary, "POST", "/api/2.0/workspace/import", {
                "path": f"/Shared/bench/n{number}", "language": "PYTHON", "content": base64.b64encode(source(number)).decode()})
        cluster.settle()
        for node in filter(None, (primary, standby)):
            role = "primary" if node is primary else "standby"
            for kind in ("status", "export", "list", "import"):
                for connections in CONNECTIONS:
                    figure = load(node.api_port, cluster.token, kind, connections, options.seconds, node.cpu)
                    figures["runs"].append({"kind": kind, "at": role, "connections": connections, **figure})
                    say(f"  {role} {kind:8} {connections:3} connections {figure['requests_per_second']:10.0f} requests/s, {figure['lost']} lost")
        if options.notebooks:
            figures["walk"] = walk(cluster, primary, work, options.notebooks)
    with Static(work / "static", source(1), "notebook") as static:
        if static.process:
            for connections in CONNECTIONS:
                figure = load(static.port, "-", "static", connections, options.seconds)
                figures["runs"].append({"kind": "static", "at": "-", "connections": connections, **figure})
                say(f"  nginx {connections:3} connections {figure['requests_per_second']:10.0f} requests/s")
        else:
            say("  nginx is not installed: nothing to compare with")
    return figures


def report(figures, facts):
    rows = [
        [
            NAMES[run["kind"]], run["at"], run["connections"], f"{run['requests_per_second']:.0f}", f"{run['p50_us']} us",
            f"{run['p99_us']} us", f"{run['cpu_us_per_request']:.0f} us", run["requests"], run["lost"],
        ]
        for run in figures["runs"]
    ]
    header = ["", "at", "connections", "requests/s", "p50", "p99", "server CPU each", "requests", "lost"]
    parts = [harness.heading("api", facts), "wrk and the servers on the same cores.\n", harness.table(header, rows)]
    walked = figures.get("walk")
    if walked:
        parts.append(
            f"\n`w.workspace.list(\"/\", recursive=True)` of databricks-sdk over {walked['notebooks']} notebooks: {walked['seconds']:.1f} s, of "
            f"which the node computes {walked['node_cpu']:.1f} s ({100 * walked['node_share']:.0f} %).")
    return "\n".join(parts)


def body():
    parser = harness.arguments(__doc__, 70_000)
    parser.add_argument("--seconds", type=int, default=5, help="of each run (default 5)")
    parser.add_argument("--nodes", type=int, default=3, choices=(1, 3), help="of the cluster (default 3)")
    options = parser.parse_args()
    with harness.work_directory("api", options.keep) as work:
        facts = harness.machine(work)
        figures = measure(pathlib.Path(work), options)
    harness.publish("api", facts, figures, report(figures, facts), options)
    harness.fail_if_lost(figures["runs"])


if __name__ == "__main__":
    harness.main(body)
