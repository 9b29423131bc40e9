"""Three nodes on this machine: how much later than the last acknowledgement all roots are equal, and what each datacentre was sent.

Bytes are counted where they are sent, TLS included: by the nodes' own counters when status has them, and by the kernel's counters of
the peer connections (`ss`) as a check from outside.
"""
import collections
import pathlib
import re
import subprocess

import harness
from harness import human, say, seconds

SENT_RATIO_MAX = 1.1
EQUAL_RATIO_MAX = 1.5


def kernel_bytes(cluster):
    """Bytes that each datacentre was sent by its peers on connections that are open now, or nothing without `ss`."""
    try:
        done = subprocess.run(["ss", "--tcp", "--info", "--no-header", "--oneline", "--processes", "--numeric"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return {}
    owner_of_process = {node.process.pid: node.name for node in cluster.nodes}
    owner_of_address = {f"127.0.0.1:{node.peer_port}": node.name for node in cluster.nodes}
    ends = []
    for line in done.stdout.splitlines():
        fields, process, sent = line.split(), re.search(r"pid=(\d+)", line), re.search(r"bytes_sent:(\d+)", line)
        if len(fields) < 5 or process is None or int(process[1]) not in owner_of_process:
            continue
        local, remote = fields[3], fields[4]
        owner_of_address[local] = owner_of_process[int(process[1])]
        ends.append((local, remote, int(sent[1]) if sent else 0))
    peer_ports = {f"127.0.0.1:{node.peer_port}" for node in cluster.nodes}
    received = collections.Counter()
    for local, remote, sent in ends:
        if (local in peer_ports or remote in peer_ports) and remote in owner_of_address:
            received[owner_of_address[remote]] += sent
    return dict(received)


def counted_bytes(cluster):
    """Bytes that each datacentre was sent, as the senders count them, or nothing when they do not."""
    received = collections.Counter()
    for node in cluster.nodes:
        for row in cluster.request(node, "GET", "/v1/status")["datacenters"]:
            if row.get("bytes_sent") is None:
                if row["dc"] != node.name:
                    return {}
            else:
                received[row["dc"]] += row["bytes_sent"]
    return dict(received)


def stored_bytes(node):
    return harness.tree_size(node.data, exclude=lambda name: name.startswith("index.sqlite"))[1]


def transfer(cluster, tree, extra=()):
    """One import with its figures."""
    before = {"counters": counted_bytes(cluster), "kernel": kernel_bytes(cluster), "stored": [stored_bytes(node) for node in cluster.nodes]}
    cost, _, _ = cluster.tarn("import", tree, "/workspace/main", *extra)
    clock = harness.time.monotonic()
    rows = cluster.wait_equal()
    behind = harness.time.monotonic() - clock
    sent = {name: {} for name in ("counters", "kernel")}
    after = {"counters": counted_bytes(cluster), "kernel": kernel_bytes(cluster)}
    for name in sent:
        sent[name] = {dc: after[name][dc] - before[name].get(dc, 0) for dc in sorted(after[name])}
    # Segments grow in steps and are cut to their content when idle.
    cluster.settle()
    stored = [stored_bytes(node) - earlier for node, earlier in zip(cluster.nodes, before["stored"])]
    return {
        "acknowledged_seconds": cost.wall, "equal_seconds": cost.wall + behind, "cpu_seconds": cost.cpu, "sent": sent,
        "stored_bytes": {node.name: count for node, count in zip(cluster.nodes, stored)}, "op": rows[0]["commit"], "root": rows[0]["root"]}


def measure(work, options):
    say(harness.make_corpus(work / "corpus", "--notebooks", str(options.notebooks)))
    tree = work / "corpus" / "Clients"
    files, raw, _ = harness.tree_size(tree)
    harness.read_all(tree)
    figures = {"files": files, "raw_bytes": raw}
    with harness.Cluster(work / "cluster", 3) as cluster:
        cluster.wait_equal()
        cluster.settle()
        figures["import"] = transfer(cluster, tree)
        figures["day_changes"] = harness.make_corpus(work / "corpus", "--day", "1")
        figures["day"] = transfer(cluster, tree, ["--mirror"])
    return figures


def verdict(value, limit):
    return f"{value:.2f} ({'at most' if value <= limit else 'ABOVE'} {limit})"


def report(figures, facts):
    lines = [harness.heading("mirror", facts), f"{figures['files']} files, {human(figures['raw_bytes'])}; the day: {figures['day_changes']}.\n"]
    rows = []
    for step, title in (("import", "first import"), ("day", "one day's changes")):
        figure = figures[step]
        ratio = figure["equal_seconds"] / figure["acknowledged_seconds"]
        rows.append([title, seconds(figure["acknowledged_seconds"]), seconds(figure["equal_seconds"]), verdict(ratio, EQUAL_RATIO_MAX), seconds(figure["cpu_seconds"])])
    lines.append(harness.table(["", "last acknowledgement", "all roots equal", "ratio", "CPU of all"], rows))
    rows = []
    for step, title in (("import", "first import"), ("day", "one day's changes")):
        figure = figures[step]
        for dc in ("dc2", "dc3"):
            stored = figure["stored_bytes"][dc]
            row = [title, dc, human(stored)]
            for source in ("counters", "kernel"):
                sent = figure["sent"][source].get(dc)
                row.append("n/a" if sent is None else f"{human(sent)}, {verdict(sent / stored, SENT_RATIO_MAX) if stored > 0 else '-'}")
            rows.append(row)
    lines += ["", harness.table(["", "to", "stored there", "sent, by status", "sent, by the kernel"], rows)]
    lines.append(f"\nOp {figures['day']['op']}, root {figures['day']['root']} at all three.")
    return "\n".join(lines)


def body():
    options = harness.arguments(__doc__, 70_000).parse_args()
    with harness.work_directory("mirror", options.keep) as work:
        facts = harness.machine(work)
        figures = measure(pathlib.Path(work), options)
    harness.publish("mirror", facts, figures, report(figures, facts), options)


if __name__ == "__main__":
    harness.main(body)
