"""Catalog point look-ups and namespace reads over HTTP: one keep-alive connection for its rate, then fifty that must lose none."""
import json
import pathlib
import random
import subprocess

import harness
from harness import Failure, say

LUA = pathlib.Path(__file__).with_name("requests.lua")
ERRORS = ("connect_errors", "read_errors", "write_errors", "status_errors", "timeouts")


def load(cluster, node, paths_file, kind, connections, duration):
    """One run of wrk; its figures."""
    command = [
        "wrk", "--threads", str(min(2, connections)), "--connections", str(connections), "--duration", f"{duration}s", "--timeout", "10s",
        "--latency", "--script", str(LUA), f"http://127.0.0.1:{node.api_port}", "--", kind, cluster.token, str(paths_file)]
    cpu = node.cpu()
    done = subprocess.run(command, capture_output=True, text=True)
    line = next((line for line in done.stdout.splitlines() if line.startswith("RESULT ")), None)
    if done.returncode != 0 or line is None:
        raise Failure(f"wrk ended with {done.returncode}: {(done.stderr or done.stdout).strip()[-500:]}")
    figure = json.loads(line.removeprefix("RESULT "))
    figure["requests_per_second"] = figure["requests"] / (figure["microseconds"] / 1e6)
    figure["node_cpu_us_per_request"] = (node.cpu() - cpu) * 1e6 / max(1, figure["requests"])
    figure["lost"] = sum(figure[name] for name in ERRORS)
    if figure["requests"] == 0:
        raise Failure(f"no request was answered: {done.stdout.strip()[-500:]}")
    return figure


def check(cluster, node, path):
    """The measured requests must mean something: one answer of each kind is looked at first."""
    literal = path.replace("'", "''")
    answer = cluster.request(node, "POST", "/v1/catalog/query", {"sql": f"SELECT content, size FROM entries WHERE path = '{literal}'"})
    if len(answer["rows"]) != 1:
        raise Failure(f"a look-up of {path} gave {len(answer['rows'])} rows: {answer}")
    cluster.request(node, "GET", "/v1/namespace" + harness.quoted_path(path))


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
        check(cluster, node, paths[0])
        for kind, connections, duration in (
            ("lookup", 1, options.seconds), ("namespace", 1, options.seconds),
            ("lookup", 50, options.long_seconds), ("namespace", 50, options.long_seconds),
        ):
            node.reset_peak()
            figure = {"kind": kind, "connections": connections, "seconds": duration, **load(cluster, node, paths_file, kind, connections, duration)}
            figure["node_peak_bytes"] = node.peak()
            figures["runs"].append(figure)
            say(f"  {kind:10} {connections:3} connections {figure['requests_per_second']:10.0f} requests/s, {figure['lost']} lost")
    return figures


def report(figures, facts):
    names = {"lookup": "POST /v1/catalog/query, one entry by path", "namespace": "GET /v1/namespace/<path>"}
    rows = [
        [
            names[run["kind"]], run["connections"], f"{run['requests_per_second']:.0f}", f"{run['p50_us']} us", f"{run['p99_us']} us",
            f"{run['node_cpu_us_per_request']:.0f} us", harness.human(run["node_peak_bytes"]), run["requests"], run["lost"],
        ]
        for run in figures["runs"]
    ]
    header = ["", "connections", "requests/s", "p50", "p99", "node CPU each", "node peak", "requests", "lost"]
    return "\n".join([
        harness.heading("http", facts),
        f"{figures['notebooks']} notebooks, random paths, wrk and node on the same cores.\n",
        harness.table(header, rows),
    ])


def body():
    parser = harness.arguments(__doc__, 70_000)
    parser.add_argument("--seconds", type=int, default=10, help="of the runs with one connection (default 10)")
    parser.add_argument("--long-seconds", type=int, default=30, help="of the runs with fifty connections (default 30)")
    options = parser.parse_args()
    with harness.work_directory("http", options.keep) as work:
        facts = harness.machine(work)
        figures = measure(pathlib.Path(work), options)
    text = report(figures, facts)
    say("\n" + text)
    if options.save:
        harness.save("http", facts, figures, text)
    lost = sum(run["lost"] for run in figures["runs"])
    if lost:
        raise Failure(f"{lost} requests were lost")


if __name__ == "__main__":
    harness.main(body)
