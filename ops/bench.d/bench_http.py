"""Point reads over HTTP with 1 and 64 connections, beside nginx with the same bytes as a static file; and the dashboard's pages.

Catalog look-ups (one row by path), entries of the namespace and contents of notebooks, at random paths. No request may be lost.
"""
import http.client
import json
import pathlib
import random
import time

import harness
from harness import Failure, say
from static import Static

LUA = "requests.lua"
KINDS = ("lookup", "namespace", "content")
CONNECTIONS = (1, 64)
COOKIE = "tarn_session"
PAGE_MS_MAX = 50


def answer(cluster, node, kind, path):
    """The bytes of one answer of `kind`, looked at: the measured requests must mean something."""
    literal = path.replace("'", "''")
    query = json.dumps({"sql": f"SELECT content, size FROM entries WHERE path = '{literal}'"})
    method, target, body = {
        "lookup": ("POST", "/v1/catalog/query", query),
        "namespace": ("GET", "/v1/namespace" + harness.quoted_path(path), None),
        "content": ("GET", "/v1/content" + harness.quoted_path(path), None),
    }[kind]
    connection = http.client.HTTPConnection("127.0.0.1", node.api_port, timeout=60)
    try:
        connection.request(method, target, body, {"Authorization": f"Bearer {cluster.token}", "Content-Type": "application/json"})
        response = connection.getresponse()
        text = response.read()
    finally:
        connection.close()
    if response.status != 200 or (kind == "lookup" and len(json.loads(text)["rows"]) != 1):
        raise Failure(f"{kind} of {path}: {response.status} {text[:300]!r}")
    return text


def pages(cluster, node, path):
    """Milliseconds of each of the dashboard's pages, one after the other on one connection: the median and the worst of thirty."""
    folder = harness.quoted_path(path.rsplit("/", 1)[0])
    quoted = harness.quoted_path(path)
    entries = cluster.request(node, "GET", "/v1/changes?limit=1000")["entries"]
    largest = max(entries, key=lambda entry: entry["body_bytes"])["op"]
    targets = {
        "cluster": "/", "health": "/ui/health", "folder": "/ui/browse" + folder, "workspace": "/ui/browse/workspace/main", "notebook": "/ui/browse" + quoted,
        "history": "/ui/history" + quoted, "proof": "/ui/proof" + quoted, "search": "/ui/search?q=select", "log": "/ui/log", "op": f"/ui/log/{largest}",
        "storage": "/ui/storage", "drills": "/ui/drills", "audit": "/ui/audit",
    }
    figures = []
    connection = http.client.HTTPConnection("127.0.0.1", node.api_port, timeout=60)
    for name, target in targets.items():
        times = []
        for _ in range(31):
            begin = time.perf_counter()
            connection.request("GET", target, headers={"Cookie": f"{COOKIE}={cluster.token}"})
            response = connection.getresponse()
            text = response.read()
            times.append((time.perf_counter() - begin) * 1000)
            if response.status != 200:
                raise Failure(f"page {target}: {response.status} {text[:300]!r}")
        # The first one fills caches that a page of people's use finds filled; it is told apart.
        rest = sorted(times[1:])
        figures.append({"page": name, "first_ms": times[0], "p50_ms": rest[len(rest) // 2], "max_ms": rest[-1], "bytes": len(text)})
        say(f"  page {name:10} first {times[0]:7.1f} ms, then {rest[len(rest) // 2]:6.1f} ms, at most {rest[-1]:6.1f} ms")
    connection.close()
    return figures


def measure(work, options):
    say(harness.make_corpus(work / "corpus", "--notebooks", str(options.notebooks)))
    tree = work / "corpus" / "Clients"
    paths = sorted("/workspace/main/" + str(path.relative_to(tree)) for path in tree.rglob("*.py"))
    paths_file = work / "paths"
    paths_file.write_text("\n".join(random.Random(1).sample(paths, min(len(paths), 20_000))) + "\n", encoding="utf-8")
    figures = {"notebooks": len(paths), "runs": []}
    with harness.Cluster(work / "cluster", 1) as cluster:
        node = cluster.nodes[0]
        cluster.tarn("import", tree, "/workspace/main")
        cluster.settle()
        bodies = {kind: answer(cluster, node, kind, paths[0]) for kind in KINDS}
        for kind in KINDS:
            for connections in CONNECTIONS:
                node.reset_peak()
                figure = harness.wrk(LUA, node.api_port, connections, options.seconds, [kind, cluster.token, paths_file], node.cpu)
                figures["runs"].append({"kind": kind, "connections": connections, **figure, "peak_bytes": node.peak()})
                say(f"  {kind:10} {connections:3} connections {figure['requests_per_second']:10.0f} requests/s, {figure['lost']} lost")
        # The search index begins once imports have been idle for two seconds, and pages are for people: nothing else runs.
        cluster.settle(quiet=10.0)
        figures["pages"] = pages(cluster, node, paths[0])
    for kind in KINDS:
        with Static(work / f"static-{kind}", bodies[kind], "answer") as static:
            if not static.process:
                say("  nginx is not installed: nothing to compare with")
                break
            for connections in CONNECTIONS:
                figure = harness.wrk(LUA, static.port, connections, options.seconds, ["static", "-", paths_file])
                figures["runs"].append({"kind": f"nginx-{kind}", "connections": connections, **figure, "peak_bytes": 0})
                say(f"  nginx, {kind:10} {connections:3} connections {figure['requests_per_second']:10.0f} requests/s")
    return figures


def report(figures, facts):
    names = {"lookup": "POST /v1/catalog/query, one entry by path", "namespace": "GET /v1/namespace/<path>", "content": "GET /v1/content/<path>"}
    found = {(run["kind"], run["connections"]): run for run in figures["runs"]}
    rows = []
    for kind in KINDS:
        for connections in CONNECTIONS:
            run, static = found[kind, connections], found.get((f"nginx-{kind}", connections))
            rows.append([
                names[kind], connections, f"{run['requests_per_second']:.0f}", f"{run['p50_us']} us", f"{run['p99_us']} us",
                f"{run['cpu_us_per_request']:.0f} us", harness.human(run["peak_bytes"]), run["lost"],
                f"{static['requests_per_second']:.0f}" if static else "-", f"{static['p99_us']} us" if static else "-",
                f"{run['requests_per_second'] / static['requests_per_second']:.2f}" if static else "-",
                f"{run['p99_us'] / max(1, static['p99_us']):.1f}" if static else "-",
            ])
    header = ["", "connections", "requests/s", "p50", "p99", "CPU each", "node peak", "lost", "nginx requests/s", "nginx p99", "rate / nginx", "p99 / nginx"]
    shown = [
        [page["page"], f"{page['first_ms']:.1f} ms", f"{page['p50_ms']:.1f} ms", f"{page['max_ms']:.1f} ms", harness.human(page["bytes"])]
        for page in figures["pages"]
    ]
    slow = [page["page"] for page in figures["pages"] if page["p50_ms"] >= PAGE_MS_MAX]
    return "\n".join([
        harness.heading("http", facts),
        f"{figures['notebooks']} notebooks, random paths; wrk and server on the same cores; nginx serves the bytes of one such answer as a file.\n",
        harness.table(header, rows),
        f"\nPages of the dashboard, thirty times each after the first; wanted below {PAGE_MS_MAX} ms: "
        + (f"missed by {', '.join(slow)}" if slow else "kept by all") + ".\n",
        harness.table(["page", "first", "p50", "max", "size"], shown),
    ])


def body():
    parser = harness.arguments(__doc__, 70_000)
    parser.add_argument("--seconds", type=int, default=10, help="of each run (default 10)")
    options = parser.parse_args()
    with harness.work_directory("http", options.keep) as work:
        facts = harness.machine(work)
        figures = measure(pathlib.Path(work), options)
    harness.publish("http", facts, figures, report(figures, facts), options)
    harness.fail_if_lost(figures["runs"])


if __name__ == "__main__":
    harness.main(body)
