"""Three nodes on this machine: how long writing stops when the primary is killed or replaced, and what a commit costs.

A writer puts one small file after the other and, when it gets no answer, asks the next node under the same request number at once. The
figure of a failover is the time from the kill to the first answer of a commit. etcd of Debian, when it is installed, is the reference
for throughput: three members, the same number of clients, values of the same size.
"""
import http.client
import json
import os
import pathlib
import random
import shutil
import signal
import statistics
import subprocess
import threading
import time

import harness
from harness import say

PUT_PAUSE = 0.02
# An answer that arrives this soon after the kill had been sent before it, in seconds.
IN_FLIGHT = 0.2

# Least length of a load over an emulated round trip, in seconds: at 100 ms one writer makes nine commits a second, and the slowest of a hundred
# is to be more than the slowest of all. Before it, deliveries learn a link's round trip, which takes them up to four seconds.
EMULATED_SECONDS_MIN = 30
EMULATED_WARM_UP = 5
# How long the members of etcd may take until they serve, in seconds.
ETCD_SECONDS_MAX = 60

# What a backup misses comes in files of this size; the writer beside its catch-up is measured for this long at a time, in seconds.
BULK_FILE_MEGABYTES = 4
CATCH_UP_LOAD = 3

# Connections and bytes of a value of the throughput figures.
LOADS = ((1, 8192), (50, 8192), (500, 256))


class Writer(threading.Thread):
    """Puts small files until it is stopped; remembers when each was acknowledged, and by how many attempts."""

    def __init__(self, cluster, name, size):
        super().__init__(daemon=True)
        self.cluster, self.name, self.size = cluster, name, size
        self.done, self.failures, self.stopping = [], [], False
        self.preferred = 0

    def run(self):
        connections, number = {}, 0
        while not self.stopping:
            number += 1
            body = random.Random(f"{self.name}/{number}").randbytes(self.size)
            start = time.monotonic()
            while not self.stopping:
                node = self.cluster.nodes[self.preferred]
                try:
                    connection = connections.get(self.preferred)
                    if connection is None:
                        connection = connections[self.preferred] = http.client.HTTPConnection("127.0.0.1", node.api_port, timeout=5)
                    headers = {"Authorization": f"Bearer {self.cluster.token}", "Tarn-Request": f"{self.name}/{number}"}
                    connection.request("PUT", f"/v1/content/workspace/bench/{self.name}-{number % 64}", body, headers)
                    answer = connection.getresponse()
                    answer.read()
                    if answer.status in (200, 201):
                        self.done.append((start, time.monotonic()))
                        break
                    if answer.status not in (429, 503, 504):
                        self.failures.append((answer.status, number))
                        break
                except (OSError, http.client.HTTPException):
                    connections.pop(self.preferred, None)
                self.preferred = (self.preferred + 1) % len(self.cluster.nodes)
                time.sleep(PUT_PAUSE)

    def stop(self):
        self.stopping = True
        self.join(timeout=30)


def writers(cluster, count, size, prefix):
    started = [Writer(cluster, f"{prefix}{index}", size) for index in range(count)]
    for writer in started:
        writer.start()
    return started


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def failovers(cluster, runs):
    """Seconds from a kill of the primary to the first commit that was asked for after it."""
    gaps = []
    for run in range(runs):
        victim = cluster.primary()
        crew = writers(cluster, 2, 512, f"f{run}-")
        time.sleep(1.0)
        os.kill(victim.process.pid, signal.SIGKILL)
        killed = time.monotonic()
        victim.process.wait()
        firsts = []
        while time.monotonic() - killed < 60 and not firsts:
            time.sleep(0.005)
            firsts = [end for w in crew for _, end in list(w.done) if end > killed + IN_FLIGHT]
        for writer in crew:
            writer.stop()
        if not firsts:
            raise harness.Failure(f"no commit within 60 s after the kill of {victim.name}")
        gaps.append(min(firsts) - killed)
        victim.start()
        cluster.wait_equal()
    return gaps


def switchovers(cluster, runs):
    """The longest time without a committed write around each planned switchover, with 50 writers."""
    crew = writers(cluster, 50, 512, "s")
    time.sleep(2.0)
    gaps = []
    for _ in range(runs):
        target = "dc1" if cluster.primary().name == "dc2" else "dc2"
        begin = time.monotonic()
        harness.run([harness.TARN, "switchover", "--to", target], environment=cluster.environment)
        time.sleep(1.5)
        ends = sorted(end for w in crew for _, end in list(w.done) if begin - 0.5 < end < begin + 2.5)
        gaps.append(max(b - a for a, b in zip(ends, ends[1:])))
    for writer in crew:
        writer.stop()
    failed = sum(len(w.failures) for w in crew)
    if failed:
        raise harness.Failure(f"{failed} writes were refused during a switchover")
    return gaps


class Network:
    """The project's fault proxy between the nodes of a cluster that is not running yet: each node reaches the others through it."""

    def __init__(self, cluster):
        self.names = [node.name for node in cluster.nodes]
        pairs = [(a, b) for a in self.names for b in self.names if a != b]
        ports = dict(zip(pairs, harness.free_ports(len(pairs))))
        files = {name: pathlib.Path(cluster.directory) / name / "node.yaml" for name in self.names}
        targets = {}
        for name, file in files.items():
            for line in file.read_text(encoding="utf-8").splitlines():
                if line.startswith("peer:"):
                    targets[name] = line.split('"')[1]
        command = [harness.TARN, "fault-proxy"]
        for (a, b), port in ports.items():
            command += ["--link", f"{a}:{b}=127.0.0.1:{port},{targets[b]}"]
            text = files[a].read_text(encoding="utf-8")
            files[a].write_text(text.replace(f'dc: {b}, peer: "{targets[b]}"', f'dc: {b}, peer: "127.0.0.1:{port}"'), encoding="utf-8")
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        while self.process.stdout.readline().strip() != "ready":
            if self.process.poll() is not None:
                raise harness.Failure("the fault proxy does not start")

    def order(self, text):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if answer != "ok":
            raise harness.Failure(f"the fault proxy says to '{text}': {answer}")

    def round_trip(self, milliseconds):
        self.order(f"delay * * {milliseconds // 2}")

    def stop(self):
        self.process.stdin.close()
        self.process.wait(timeout=10)


def emulated(directory, milliseconds, runs, length):
    """Commit latency of one writer, healthy and without the observer, and failovers, at one emulated round trip."""
    cluster = harness.Cluster(directory / f"rtt{milliseconds}", 3)
    network = Network(cluster)
    try:
        with cluster:
            cluster.wait_equal()
            network.round_trip(milliseconds)
            commits(cluster, 1, 8192, EMULATED_WARM_UP)
            healthy = commits(cluster, 1, 8192, length)
            observer = cluster.nodes[2]
            os.kill(observer.process.pid, signal.SIGKILL)
            observer.process.wait()
            commits(cluster, 1, 8192, EMULATED_WARM_UP)
            degraded = commits(cluster, 1, 8192, length)
            observer.start()
            cluster.wait_equal()
            return {"healthy": healthy, "observer_down": degraded, "failover": failovers(cluster, runs)}
    finally:
        network.stop()


def catch_up(cluster, megabytes, length):
    """Commit latency of one writer while all are equal, and while a backup fetches what it missed; how fast it does that."""
    primary = cluster.primary()
    idle = commits(cluster, 1, 8192, length)
    view = cluster.own_row(primary)["view"]
    behind = next(node for node in reversed(cluster.nodes) if node is not primary)
    os.kill(behind.process.pid, signal.SIGKILL)
    behind.process.wait()
    connection = http.client.HTTPConnection("127.0.0.1", primary.api_port, timeout=60)
    for number in range(megabytes // BULK_FILE_MEGABYTES):
        body = random.Random(number).randbytes(BULK_FILE_MEGABYTES << 20)
        connection.request("PUT", f"/v1/content/workspace/bulk/{number}", body, {"Authorization": f"Bearer {cluster.token}"})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status not in (200, 201):
            raise harness.Failure(f"file {number} of the bulk was refused: {answer.status} {text[:300]!r}")
    connection.close()
    target = cluster.own_row(primary)["commit"]
    behind.start()
    begin, loads = time.monotonic(), []
    while not loads or cluster.own_row(behind)["prefix_complete"] < target:
        loads.append(commits(cluster, 1, 8192, CATCH_UP_LOAD))
    seconds = time.monotonic() - begin
    if cluster.own_row(primary)["view"] != view:
        raise harness.Failure("the view changed while a backup caught up")
    return {"idle": idle, "loads": loads, "megabytes": megabytes, "seconds": seconds}


def load(port, kind, token, clients, size, length):
    """Writes a second of `clients` connections to one node, with the median and the slowest of a hundred, in seconds."""
    figure = harness.wrk("quorum.lua", port, clients, int(length), [kind, token, size])
    if figure["lost"]:
        raise harness.Failure(f"{figure['lost']} of {figure['requests']} writes failed: {figure}")
    return figure["requests_per_second"], figure["p50_us"] / 1e6, figure["p99_us"] / 1e6


def commits(cluster, clients, size, length):
    return load(cluster.primary().api_port, "put", cluster.token, clients, size, length)


class Etcd:
    """Three members of etcd on loopback, spoken to through its JSON gateway."""

    def __init__(self, directory):
        ports = harness.free_ports(6)
        names = ["e1", "e2", "e3"]
        initial = ",".join(f"{name}=http://127.0.0.1:{ports[2 * i]}" for i, name in enumerate(names))
        self.client_ports = [ports[2 * i + 1] for i in range(3)]
        self.processes = []
        for i, name in enumerate(names):
            peer, client = f"http://127.0.0.1:{ports[2 * i]}", f"http://127.0.0.1:{ports[2 * i + 1]}"
            self.processes.append(subprocess.Popen(
                ["etcd", "--name", name, "--data-dir", str(directory / name), "--initial-cluster", initial, "--initial-advertise-peer-urls", peer,
                 "--listen-peer-urls", peer, "--advertise-client-urls", client, "--listen-client-urls", client],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        try:
            self.wait_healthy()
        except BaseException:
            self.stop()
            raise

    def wait_healthy(self):
        """Returns once every member says that it is healthy, which it is only with a leader."""
        deadline = time.monotonic() + ETCD_SECONDS_MAX
        for port, process in zip(self.client_ports, self.processes):
            while not self.is_healthy(port):
                if process.poll() is not None:
                    raise harness.Failure(f"a member of etcd ended with {process.returncode}")
                if time.monotonic() > deadline:
                    raise harness.Failure(f"etcd is not healthy after {ETCD_SECONDS_MAX} s")
                time.sleep(0.05)

    @staticmethod
    def is_healthy(port):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/health")
            answer = connection.getresponse()
            return json.loads(answer.read()).get("health") == "true" and answer.status == 200
        except (OSError, http.client.HTTPException, ValueError):
            return False
        finally:
            connection.close()

    def puts(self, clients, size, length):
        return load(self.client_ports[0], "etcd", "none", clients, size, length)

    def stop(self):
        for process in self.processes:
            process.terminate()
            process.wait()


def load_row(what, clients, size, found):
    rate, median, slow = found
    return [f"{what} a second, {clients} connections, {size} bytes", f"{rate:.0f}", f"p50 {median * 1000:.1f} ms, p99 {slow * 1000:.1f} ms"]


def body():
    parser = harness.arguments(__doc__, 0)
    parser.add_argument("--runs", type=int, default=30, help="kills of the primary (default 30)")
    parser.add_argument("--seconds", type=float, default=10, help="length of each load (default 10; at least 30 over an emulated round trip)")
    parser.add_argument("--rtt", type=int, nargs="*", default=[20, 100], help="emulated round trips in ms (default 20 100)")
    parser.add_argument("--emulated-runs", type=int, default=10, help="kills of the primary at each emulated round trip (default 10)")
    parser.add_argument("--catch-up", type=int, default=2048, metavar="MB", help="what a backup has to catch up with (default 2048)")
    options = parser.parse_args()
    rows, figures = [], {}
    with harness.work_directory("quorum", options.keep) as directory:
        facts = harness.machine(directory)
        with harness.Cluster(directory / "cluster", 3) as cluster:
            cluster.wait_equal()
            for clients, size in LOADS:
                figures[f"commits_{clients}_{size}"] = found = commits(cluster, clients, size, options.seconds)
                rows.append(load_row("commits", clients, size, found))
            gaps = switchovers(cluster, 5)
            figures["switchover"] = gaps
            rows.append(["switchover, 50 writers: longest time without a commit", f"{max(gaps):.2f} s", f"p50 {statistics.median(gaps):.2f} s of {len(gaps)}"])
            gaps = failovers(cluster, options.runs)
            figures["failover"] = gaps
            rows.append(["kill -9 of the primary: first new commit", f"p50 {statistics.median(gaps):.2f} s", f"p99 {percentile(gaps, 0.99):.2f} s of {len(gaps)}"])
            found = catch_up(cluster, options.catch_up, options.seconds)
            figures["catch_up"] = found
            slowest, idle = max(slow for _, _, slow in found["loads"]), found["idle"][2]
            rows.append([
                f"8 KB commit while a backup catches up with {found['megabytes']} MB: slowest of a hundred", f"{slowest * 1000:.1f} ms",
                f"{slowest / idle:.1f} times {idle * 1000:.1f} ms idle; no view change, at most {found['seconds']:.0f} s"])
        for milliseconds in options.rtt:
            found = emulated(directory, milliseconds, options.emulated_runs, max(options.seconds, EMULATED_SECONDS_MIN))
            figures[f"rtt_{milliseconds}"] = found
            for name, title in [("healthy", "8 KB commit, one writer"), ("observer_down", "the same without the observer")]:
                rate, median, slow = found[name]
                rows.append([f"RTT {milliseconds} ms: {title}", f"p50 {median * 1000:.1f} ms", f"p99 {slow * 1000:.1f} ms, {rate:.0f}/s"])
            gaps = found["failover"]
            rows.append([f"RTT {milliseconds} ms: kill -9 of the primary", f"p50 {statistics.median(gaps):.2f} s", f"max {max(gaps):.2f} s of {len(gaps)}"])
        if shutil.which("etcd"):
            etcd = Etcd(pathlib.Path(directory))
            try:
                for clients, size in LOADS:
                    figures[f"etcd_{clients}_{size}"] = found = etcd.puts(clients, size, options.seconds)
                    rows.append(load_row("etcd: puts", clients, size, found))
            finally:
                etcd.stop()
        else:
            say("etcd is not installed: no reference")
        text = harness.heading("quorum", facts) + "\n" + harness.table(["what", "figure", "spread"], rows)
        harness.publish("quorum", facts, figures, text, options)


if __name__ == "__main__":
    harness.main(body)
