"""Import, re-import, one day's changes and restore: Tarn against git, restic and borg on the same tree, one after the other.

Tarn runs as a cluster of one datacentre whose node acknowledges after fdatasync, client and node both counted. git does not sync its
loose objects by default, restic and borg sync what they write; all four run as they come.
"""
import argparse
import os
import pathlib
import subprocess

import harness
from harness import Failure, human, say, seconds, times

STEPS = ("import", "again", "day", "restore")
CONTENDERS = ["tarn", "git", "restic", "borg"]


class Git:
    name = "git add + commit"

    def __init__(self, work):
        self.version = harness.first_line(["git", "--version"])
        self.store = work / "git"
        self.environment = {
            "GIT_AUTHOR_NAME": "bench", "GIT_AUTHOR_EMAIL": "bench@example.com", "GIT_COMMITTER_NAME": "bench",
            "GIT_COMMITTER_EMAIL": "bench@example.com", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
        harness.run(["git", "init", "--quiet", "--bare", self.store], environment=self.environment)
        # Packing is timed on its own below, not in the background of another contender.
        self._git("config", "gc.auto", "0")

    def _git(self, *words, tree=None):
        options = ["--git-dir", self.store] + (["--work-tree", tree] if tree else [])
        return harness.run(["git", *options, *words], cwd=tree, environment=self.environment)[0]

    def write(self, tree):
        return self._git("add", "--all", ".", tree=tree) + self._git("commit", "--quiet", "--allow-empty", "--message", "bench", tree=tree)

    def restore(self, target):
        target.mkdir()
        return self._git("checkout-index", "--all", f"--prefix={target}/", tree=target)

    def disk(self):
        return harness.tree_size(self.store)[1:]

    def finish(self):
        cost = self._git("gc", "--quiet")
        return {"gc_wall": cost.wall, "gc_cpu": cost.cpu, "packed_bytes": harness.tree_size(self.store)[1]}


class Restic:
    name = "restic backup"

    def __init__(self, work):
        self.version = harness.first_line(["restic", "version"])
        self.store = work / "restic"
        self.environment = {"RESTIC_PASSWORD": "bench", "RESTIC_CACHE_DIR": str(work / "restic-cache"), "RESTIC_REPOSITORY": str(self.store)}
        harness.run(["restic", "init", "--quiet"], environment=self.environment)

    def write(self, tree):
        return harness.run(["restic", "backup", "--quiet", "."], cwd=tree, environment=self.environment)[0]

    def restore(self, target):
        target.mkdir()
        return harness.run(["restic", "restore", "latest", "--quiet", "--target", target], environment=self.environment)[0]

    def disk(self):
        return harness.tree_size(self.store)[1:]

    def finish(self):
        return {}


class Borg:
    name = "borg create"

    def __init__(self, work):
        self.version = harness.first_line(["borg", "--version"])
        self.store = work / "borg"
        self.environment = {"BORG_BASE_DIR": str(work / "borg-base"), "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes"}
        self.archives = 0
        harness.run(["borg", "init", "--encryption=none", self.store], environment=self.environment)

    def write(self, tree):
        self.archives += 1
        return harness.run(["borg", "create", f"{self.store}::{self.archives}", "."], cwd=tree, environment=self.environment)[0]

    def restore(self, target):
        target.mkdir()
        return harness.run(["borg", "extract", f"{self.store}::{self.archives}"], cwd=target, environment=self.environment)[0]

    def disk(self):
        return harness.tree_size(self.store)[1:]

    def finish(self):
        return {}


class Tarn:
    name = "tarn import"

    def __init__(self, work):
        self.version = harness.first_line([harness.TARN, "--version"])
        self.cluster = harness.Cluster(work / "tarn", 1)
        self.details = {}
        self.background = {}

    def write(self, tree):
        step = STEPS[len(self.details)]
        cost, _, self.details[step] = self.cluster.tarn("import", tree, "/workspace/main", *(["--mirror"] if step == "day" else []))
        # The catalog's search index and the trim of segments come after the acknowledgement: shown, but not part of the time.
        self.background[step] = self.cluster.settle()
        return cost

    def restore(self, target):
        cost, _, self.details["restore"] = self.cluster.tarn("export", "/workspace/main", target)
        return cost

    def disk(self):
        """Without the index: deleting it loses nothing."""
        return harness.tree_size(self.cluster.nodes[0].data, exclude=lambda name: name.startswith("index.sqlite"))[1:]

    def finish(self):
        index = harness.tree_size(self.cluster.nodes[0].data, exclude=lambda name: not name.startswith("index.sqlite"))
        return {"processes": self.details, "background_cpu": self.background, "index_bytes": index[1], "index_disk": index[2]}


def compare(tree, restored, name):
    done = subprocess.run(["diff", "--recursive", "--brief", str(tree), str(restored)], capture_output=True, text=True)
    if done.returncode != 0:
        raise Failure(f"{name} restored another tree:\n" + "\n".join(done.stdout.splitlines()[:10]))


def drain():
    """What one contender left in the page cache must not be written back in the next one's time."""
    os.sync()


def measure(work, options):
    say(harness.make_corpus(work / "corpus", "--notebooks", str(options.notebooks)))
    tree = work / "corpus" / "Clients"
    files, raw, _ = harness.tree_size(tree)
    figures = {"files": files, "raw_bytes": raw, "contenders": {}}
    makers = {"tarn": Tarn, "git": Git, "restic": Restic, "borg": Borg}
    contenders = [makers[name](work) for name in options.only]
    with_cluster = next((item for item in contenders if isinstance(item, Tarn)), None)
    if with_cluster:
        with_cluster.cluster.__enter__()
    try:
        for item in contenders:
            figures["contenders"][item.name] = {"version": item.version}
        harness.read_all(tree)
        for step in STEPS:
            if step == "day":
                figures["day"] = harness.make_corpus(work / "corpus", "--day", "1")
                harness.read_all(tree)
            for item in contenders:
                drain()
                entry = figures["contenders"][item.name]
                if step == "restore":
                    # It stays until the end, as in bench_store.py.
                    target = work / f"restored-by-{item.name.split()[0]}"
                    cost = item.restore(target)
                    compare(tree, target, item.name)
                else:
                    cost = item.write(tree)
                    entry[f"{step}_apparent"], entry[f"{step}_disk"] = item.disk()
                entry.update({f"{step}_wall": cost.wall, f"{step}_cpu": cost.cpu, f"{step}_peak": cost.peak})
                say(f"  {step:8} {item.name:18} {seconds(cost.wall):>10} wall {seconds(cost.cpu):>10} CPU {human(cost.peak):>10} peak")
        for item in contenders:
            figures["contenders"][item.name].update(item.finish())
    finally:
        if with_cluster:
            with_cluster.cluster.__exit__()
    return figures


def report(figures, facts):
    lines = [harness.heading("import", facts)]
    lines.append(f"{figures['files']} files, {human(figures['raw_bytes'])}; the day: {figures['day']}. "
                 "Ratios are against Tarn: above 1 is slower or larger.\n")
    contenders = figures["contenders"]
    base = contenders.get(Tarn.name)
    titles = {"import": "First import", "again": "Nothing changed", "day": "One day's changes", "restore": "Restore (compared byte by byte)"}
    for step in STEPS:
        header = ["", "wall", "", "CPU", "", "peak memory"] + (["on disk", ""] if step != "restore" else [])
        rows = []
        for name, entry in contenders.items():
            row = [name]
            for key, form in (("wall", seconds), ("cpu", seconds)):
                row += [form(entry[f"{step}_{key}"]), times(entry[f"{step}_{key}"], base[f"{step}_{key}"]) if base else "-"]
            row.append(human(entry[f"{step}_peak"]))
            if step != "restore":
                row += [human(entry[f"{step}_disk"]), times(entry[f"{step}_disk"], base[f"{step}_disk"]) if base else "-"]
            rows.append(row)
        lines += [f"## {titles[step]}\n", harness.table(header, rows), ""]
    if base:
        lines.append(
            f"Tarn's client and node together; memory too, pages of the program that both have mapped counted once "
            f"(by themselves {human(base['processes']['import']['client_peak'])} and {human(base['processes']['import']['node_peak'])} in the first import). On disk is without the disposable index, which takes "
            f"{human(base['index_disk'])} more. After the first import the node used {seconds(base['background_cpu']['import'])} of CPU in "
            "the background for the catalog and its search.")
    git = contenders.get(Git.name)
    if git:
        lines.append(f"\n`git gc` afterwards: {seconds(git['gc_wall'])} wall, {seconds(git['gc_cpu'])} CPU, {human(git['packed_bytes'])} packed.")
    lines.append("\n" + "; ".join(str(entry["version"]) for entry in contenders.values() if entry["version"]) + ".")
    return "\n".join(lines)


def add_contenders(parser):
    """The option that chooses some of the contenders."""
    def contenders(text):
        names = text.split(",")
        unknown = set(names) - set(CONTENDERS)
        if unknown:
            raise argparse.ArgumentTypeError(f"unknown contender: {', '.join(sorted(unknown))}")
        return names

    parser.add_argument("--only", type=contenders, default=CONTENDERS, help="contenders, in the order in which they run")


def body():
    parser = harness.arguments(__doc__, 70_000)
    add_contenders(parser)
    options = parser.parse_args()
    with harness.work_directory("import", options.keep) as work:
        facts = harness.machine(work)
        figures = measure(pathlib.Path(work), options)
    harness.publish("import", facts, figures, report(figures, facts), options)


if __name__ == "__main__":
    harness.main(body)
