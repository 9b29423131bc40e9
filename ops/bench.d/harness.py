"""What the benchmarks share: the machine, the corpus, measured commands, clusters of real nodes, tables and reports.

Standard library only. Figures: wall and CPU time in seconds, memory and disk in bytes.
"""
import argparse
import contextlib
import dataclasses
import datetime
import http.client
import json
import os
import pathlib
import platform
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

import memory

REPOSITORY = pathlib.Path(os.environ["REPOSITORY"])
TARN = os.environ["TARN"]
MAKE_CORPUS = pathlib.Path(os.environ["TARN_SHARED"]) / "tools" / "make-corpus"
READY_SECONDS_MAX = 120
EQUAL_SECONDS_MAX = 600
SETTLE_SECONDS_MAX = 300

WRK_ERRORS = ("connect_errors", "read_errors", "write_errors", "status_errors", "timeouts")


class Failure(Exception):
    """A benchmark that cannot give a true figure; its text is for the user."""


def arguments(description, notebooks):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--notebooks", type=int, default=notebooks, help=f"notebooks of the corpus (default {notebooks})")
    parser.add_argument("--save", action="store_true", help="write the figures to ops/benchmarks")
    parser.add_argument("--keep", action="store_true", help="keep the temporary folder")
    return parser


def say(text):
    print(text, flush=True)


# The machine ---------------------------------------------------------------------------------------------------------------------


def first_line(command):
    with contextlib.suppress(OSError, subprocess.CalledProcessError, IndexError):
        output = subprocess.run(command, capture_output=True, text=True, check=True)
        return (output.stdout or output.stderr).strip().splitlines()[0]
    return None


def file_system(path):
    """(type, mount point) of the file system that holds `path`."""
    found = ("unknown", "")
    for line in pathlib.Path("/proc/mounts").read_text(encoding="utf-8").splitlines():
        _, mount, kind = line.split()[:3]
        if (str(path) + "/").startswith(mount.rstrip("/") + "/") and len(mount) >= len(found[1]):
            found = (kind, mount)
    return found


def machine(directory):
    model = next(
        (line.split(":", 1)[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines() if line.startswith("model name")),
        platform.machine(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "cpu": model,
        "cores": os.cpu_count(),
        "memory_bytes": memory,
        "kernel": platform.release(),
        "file_system": file_system(directory)[0],
        "commit": first_line(["git", "-C", str(REPOSITORY), "describe", "--always", "--dirty", "--exclude", "*"]),
    }


@contextlib.contextmanager
def work_directory(name, keep):
    path = pathlib.Path(tempfile.mkdtemp(prefix=f"tarn-bench-{name}.")).resolve()
    if file_system(path)[0] in ("tmpfs", "ramfs"):
        say(f"warning: {path} is in memory, where durability costs nothing; set TMPDIR to a folder on a disk")
    try:
        yield path
    finally:
        if keep:
            say(f"kept {path}")
        else:
            shutil.rmtree(path, ignore_errors=True)


# The corpus ----------------------------------------------------------------------------------------------------------------------


def make_corpus(directory, *options):
    done = subprocess.run([sys.executable, str(MAKE_CORPUS), str(directory), *options], capture_output=True, text=True)
    if done.returncode != 0:
        raise Failure(f"make-corpus failed: {done.stderr.strip()}")
    return done.stdout.strip()


def tree_size(directory, exclude=lambda name: False):
    """(files, apparent bytes, bytes on disk) below `directory`."""
    files = apparent = allocated = 0
    for folder, _, names in os.walk(directory):
        for name in names:
            if exclude(name):
                continue
            with contextlib.suppress(FileNotFoundError):
                status = os.lstat(os.path.join(folder, name))
                files += 1
                apparent += status.st_size
                allocated += status.st_blocks * 512
    return files, apparent, allocated


def read_all(directory):
    """Reads every file once, so that each contender finds the same warm cache."""
    for folder, _, names in os.walk(directory):
        for name in names:
            with open(os.path.join(folder, name), "rb") as file:
                while file.read(1 << 20):
                    pass


# Measured commands ---------------------------------------------------------------------------------------------------------------


@dataclasses.dataclass
class Cost:
    """What commands took. CPU is of all processes; memory is the largest process's for a command, client and node together for Tarn."""

    wall: float = 0
    cpu: float = 0
    peak: int = 0

    def __add__(self, other):
        return Cost(self.wall + other.wall, self.cpu + other.cpu, max(self.peak, other.peak))


def run(command, cwd=None, environment=None, log=None, watch=None):
    """Runs `command` to its end and returns (cost, standard output); raises with the end of its output when it fails."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        begin = time.monotonic()
        process = subprocess.Popen(
            [str(word) for word in command], cwd=cwd, env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL, stdout=output, stderr=errors)
        if watch is not None:
            watch.pid = process.pid
        # wait4 gives the usage of this child and of the children it waited for, which RUSAGE_CHILDREN would mix with others.
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        text = output.read().decode("utf-8", "replace")
        problem = errors.read().decode("utf-8", "replace")
    if process.returncode != 0:
        tail = "\n".join((problem or text).strip().splitlines()[-15:])
        raise Failure(f"'{' '.join(str(word) for word in command)}' ended with {process.returncode}:\n{tail}")
    if log is not None:
        log.append(problem)
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024), text


# Nodes ---------------------------------------------------------------------------------------------------------------------------


def free_ports(count):
    """Ports of loopback that nobody listens on, below the range that the kernel hands out to clients."""
    held = []
    try:
        while len(held) < count:
            candidate = socket.socket()
            held.append(candidate)
            try:
                candidate.bind(("127.0.0.1", random.randrange(20000, 32000)))
            except OSError:
                held.pop().close()
        return [item.getsockname()[1] for item in held]
    finally:
        for item in held:
            item.close()


class Node:
    """One `tarn node` process."""

    def __init__(self, name, directory, peer_port, api_port, environment):
        self.name, self.directory, self.peer_port, self.api_port = name, directory, peer_port, api_port
        self.log = directory / "node.log"
        self.environment = environment
        self.process = None

    def start(self):
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [TARN, "node", "--config", str(self.directory / "node.yaml")],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log, env={**os.environ, **self.environment})
        deadline = time.monotonic() + READY_SECONDS_MAX
        while time.monotonic() < deadline and self.process.poll() is None:
            if '"message":"ready"' in self.log.read_text(encoding="utf-8", errors="replace"):
                return
            time.sleep(0.02)
        tail = "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
        raise Failure(f"{self.name} did not get ready:\n{tail}")

    def stop(self):
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    def cpu(self):
        """Seconds of CPU that the process has used."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak(self):
        """Largest resident size since the last `reset_peak`."""
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        return 0

    def reset_peak(self):
        with contextlib.suppress(OSError):
            pathlib.Path(f"/proc/{self.process.pid}/clear_refs").write_text("5", encoding="utf-8")

    @property
    def data(self):
        return self.directory / "data"


class Cluster:
    """One or three nodes on loopback, stopped at the end of the `with` block."""

    def __init__(self, directory, count):
        self.directory = directory
        self.environment = {"TARN_CONFIG": str(directory / "client.yaml"), "XDG_STATE_HOME": str(directory.parent / f"{directory.name}-state")}
        ports = free_ports(2 * count)
        names = [f"dc{index + 1}" for index in range(count)]
        command = [TARN, "cluster", "init", directory]
        for index, name in enumerate(names):
            command += ["--dc", f"{name}=127.0.0.1:{ports[2 * index]},127.0.0.1:{ports[2 * index + 1]}"]
        run(command)
        self.nodes = [
            Node(name, directory / name, ports[2 * index], ports[2 * index + 1], self.environment) for index, name in enumerate(names)
        ]
        self.token = self._token()

    def _token(self):
        for line in (self.directory / "client.yaml").read_text(encoding="utf-8").splitlines():
            if line.startswith("token:"):
                return line.split(":", 1)[1].strip().strip("'\"")
        raise Failure("client.yaml has no token")

    def __enter__(self):
        try:
            for node in self.nodes:
                node.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for node in self.nodes:
            node.stop()

    def tarn(self, *words):
        """Runs a client command and returns (cost of client and nodes, output, seconds the client took)."""
        for node in self.nodes:
            node.reset_peak()
        before = [node.cpu() for node in self.nodes]
        with memory.MemoryWatch([node.process.pid for node in self.nodes]) as watch:
            cost, output = run([TARN, *words], environment=self.environment, watch=watch)
        nodes_cpu = sum(node.cpu() for node in self.nodes) - sum(before)
        return Cost(cost.wall, cost.cpu + nodes_cpu, watch.peak), output, {
            "client_cpu": cost.cpu, "nodes_cpu": nodes_cpu, "client_peak": cost.peak, "node_peak": max(node.peak() for node in self.nodes)}

    def settle(self, quiet=3.0):
        """Waits until the nodes have used almost no CPU for `quiet` seconds; returns the CPU used meanwhile."""
        begin = last = sum(node.cpu() for node in self.nodes)
        since = moment = time.monotonic()
        deadline = since + SETTLE_SECONDS_MAX
        while time.monotonic() < deadline and time.monotonic() - since < quiet:
            time.sleep(0.5)
            used, now = sum(node.cpu() for node in self.nodes), time.monotonic()
            # Ticks and gossip cost a few percent of a core for ever; work costs most of one.
            if used - last > 0.1 * len(self.nodes) * (now - moment):
                since = now
            last, moment = used, now
        return sum(node.cpu() for node in self.nodes) - begin

    def request(self, node, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", node.api_port, timeout=60)
        try:
            headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != 200:
                raise Failure(f"{method} {path} at {node.name}: {answer.status} {text[:300]!r}")
            return json.loads(text)
        finally:
            connection.close()

    def primary(self):
        """The node that leads, as the first one that answers says."""
        for node in self.nodes:
            with contextlib.suppress(OSError, http.client.HTTPException, Failure, StopIteration):
                name = self.request(node, "GET", "/v1/status")["primary"]
                return next(node for node in self.nodes if node.name == name)
        raise Failure("no node says who leads")

    def own_row(self, node):
        """What `node` says of itself."""
        rows = self.request(node, "GET", "/v1/status")["datacenters"]
        return next(row for row in rows if row["dc"] == node.name)

    def wait_equal(self):
        """Waits until every node says the same commit and root of itself and misses nothing; returns its own rows."""
        deadline = time.monotonic() + EQUAL_SECONDS_MAX
        while time.monotonic() < deadline:
            rows = [self.own_row(node) for node in self.nodes]
            states = {(row["commit"], row["root"]) for row in rows}
            if len(states) == 1 and all(row["prefix_complete"] == row["commit"] and not row["missing_bytes"] for row in rows):
                return rows
            time.sleep(0.01)
        raise Failure(f"the datacentres are not equal after {EQUAL_SECONDS_MAX} s: {rows}")


def wrk(script, port, connections, duration, words, cpu=lambda: 0.0):
    """One run of wrk against a port of this machine; its figures. `cpu` tells the server's CPU seconds so far."""
    command = [
        "wrk", "--threads", str(min(2, connections)), "--connections", str(connections), "--duration", f"{duration}s", "--timeout", "10s",
        "--latency", "--script", str(pathlib.Path(__file__).with_name(script)), f"http://127.0.0.1:{port}", "--", *map(str, words)]
    before = cpu()
    done = subprocess.run(command, capture_output=True, text=True)
    line = next((line for line in done.stdout.splitlines() if line.startswith("RESULT ")), None)
    if done.returncode != 0 or line is None:
        raise Failure(f"wrk ended with {done.returncode}: {(done.stderr or done.stdout).strip()[-500:]}")
    figure = json.loads(line.removeprefix("RESULT "))
    if figure["requests"] == 0:
        raise Failure(f"no request was answered: {done.stdout.strip()[-500:]}")
    figure["requests_per_second"] = figure["requests"] / (figure["microseconds"] / 1e6)
    figure["cpu_us_per_request"] = (cpu() - before) * 1e6 / figure["requests"]
    figure["lost"] = sum(figure[name] for name in WRK_ERRORS)
    return figure


def quoted_path(path):
    return urllib.parse.quote(path, safe="/")


# Reports -------------------------------------------------------------------------------------------------------------------------


def human(count):
    value, units = float(count), ["B", "KiB", "MiB", "GiB", "TiB"]
    while value >= 1024 and len(units) > 1:
        value, units = value / 1024, units[1:]
    return f"{value:.0f} {units[0]}" if units[0] == "B" else f"{value:.1f} {units[0]}"


def seconds(value):
    return f"{value:.2f} s"


def times(value, base):
    return f"{value / base:.2f}x" if base else "-"


def table(header, rows):
    """A Markdown table whose columns line up on a terminal too."""
    cells = [list(header)] + [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in cells]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def publish(name, facts, figures, text, options):
    """Prints the report `text`; with --save, writes it as Markdown, and the figures as JSON."""
    say("\n" + text)
    if not options.save:
        return
    directory = REPOSITORY / "ops" / "benchmarks"
    directory.mkdir(parents=True, exist_ok=True)
    stem = directory / f"{name}-{facts['date'][:10]}"
    stem.with_suffix(".json").write_text(json.dumps({"machine": facts, "figures": figures}, indent=2) + "\n", encoding="utf-8")
    stem.with_suffix(".md").write_text(text + "\n", encoding="utf-8")
    say(f"saved ops/benchmarks/{stem.name}.json and .md")


def fail_if_lost(runs):
    """Ends the benchmark when any request of these runs of wrk was lost."""
    lost = sum(run["lost"] for run in runs)
    if lost:
        raise Failure(f"{lost} requests were lost")


def heading(name, facts):
    return (
        f"# ops/bench {name}, {facts['date'][:10]}\n\n"
        f"{facts['cpu']}, {facts['cores']} cores, {human(facts['memory_bytes'])} of memory, Linux {facts['kernel']}, "
        f"{facts['file_system']}, commit {facts['commit']}.\n"
    )


def main(body):
    """Runs `body` and turns what went wrong into one message and exit code 1."""
    # SIGTERM must stop the nodes as an interrupt does.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        body()
    except Failure as failure:
        sys.exit(f"error: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
