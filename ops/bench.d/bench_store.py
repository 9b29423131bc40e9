"""The store against git, restic, borg and tar | zstd: import, again, a day, restore, verification, reads in process, a large file, a
million blobs after a kill, and a history of versions.

Tarn runs as a cluster of one datacentre whose node acknowledges after fdatasync; client and node are both counted. The others run as
they come. The history is that of a git repository (--history DIR): every blob of it, oldest first.
"""
import json
import os
import pathlib
import shutil
import signal
import subprocess

import bench_import
import harness
from bench_import import compare, drain
from harness import Failure, human, say, seconds, times

STEPS = ("import", "again", "day", "restore", "verify")
LARGE_BYTES = 4 << 30
MILLION = 1_000_000
READS = 20_000
MEMORY_MAX = 256 << 20
STORE_BENCH = pathlib.Path(harness.TARN).with_name("tarn-store-bench")


class Git(bench_import.Git):
    def verify(self):
        return self._git("fsck", "--full")


class Restic(bench_import.Restic):
    def verify(self):
        return harness.run(["restic", "check", "--read-data", "--quiet"], environment=self.environment)[0]


class Borg(bench_import.Borg):
    def verify(self):
        return harness.run(["borg", "check", "--verify-data", self.store], environment=self.environment)[0]


class Tarn(bench_import.Tarn):
    def verify(self):
        cost, _, self.details["verify"] = self.cluster.tarn("verify")
        return cost


class TarZstd:
    """What compression alone can do, of which nothing can be read without decoding all of it."""

    def __init__(self, name, options):
        self.name, self.options = name, options
        self.version = harness.first_line(["zstd", "--version"])

    def measure(self, tree, work):
        target = work / "tree.tar.zst"
        script = 'set -o pipefail; tar --create --sort=name --directory="$1" . | zstd --quiet --force $3 -o "$2"'
        cost, _ = harness.run(["bash", "-c", script, "bash", tree, target, self.options])
        size = target.stat().st_size
        target.unlink()
        return cost, size


# What a partial clone lacks is left out, not fetched.
OFFLINE = {**os.environ, "GIT_NO_LAZY_FETCH": "1"}


def git_objects(repository):
    """Addresses of every blob that the history of `repository` names, oldest first, each once."""
    done = subprocess.run(
        ["git", "-C", str(repository), "rev-list", "--objects", "--all", "--reverse", "--in-commit-order",
         "--missing=allow-any"],
        capture_output=True, text=True, env=OFFLINE)
    if done.returncode != 0:
        raise Failure(f"git cannot list the history of {repository}: {done.stderr.strip()}")
    listing = done.stdout
    names = [line.split(" ", 1)[0] for line in listing.splitlines()]
    checked = subprocess.run(
        ["git", "-C", str(repository), "cat-file", "--batch-check=%(objecttype) %(objectname)"],
        input="\n".join(names), capture_output=True, text=True, check=True, env=OFFLINE).stdout
    return [line.split()[1] for line in checked.splitlines() if line.startswith("blob ")]


def write_history(repository, directory):
    """Every blob as a file of its own, named so that the oldest sorts first; returns their count and bytes."""
    names = git_objects(repository)
    total = 0
    with subprocess.Popen(
            ["git", "-C", str(repository), "cat-file", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env=OFFLINE) as process:
        for number, name in enumerate(names):
            process.stdin.write(f"{name}\n".encode())
            process.stdin.flush()
            size = int(process.stdout.readline().split()[2])
            content = process.stdout.read(size + 1)[:-1]
            folder = directory / f"{number // 1000:04}"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{number:07}").write_bytes(content)
            total += size
        process.stdin.close()
    return len(names), total


def packed_size(repository, work):
    """Bytes of a pack of exactly these blobs, made as `git gc --aggressive` makes it, and as `git gc` does."""
    names = "\n".join(git_objects(repository)) + "\n"
    out = {}
    for title, options in (("pack", []), ("aggressive", ["--window=250", "--depth=50"])):
        target = work / "history-pack"
        target.mkdir()
        done = subprocess.run(
            ["git", "-C", str(repository), "pack-objects", "--quiet", "--no-reuse-delta", *options, str(target / "pack")],
            input=names, capture_output=True, text=True, env=OFFLINE)
        if done.returncode != 0:
            raise Failure(f"git pack-objects failed: {done.stderr.strip()}")
        out[title] = sum(file.stat().st_size for file in target.glob("*.pack"))
        shutil.rmtree(target)
    return out


def measure_history(work, options):
    repository = pathlib.Path(options.history).resolve()
    source = work / "history"
    source.mkdir()
    count, raw = write_history(repository, source)
    say(f"history of {repository.name}: {count} blobs, {human(raw)}")
    packs = packed_size(repository, work)
    with harness.Cluster(work / "tarn-history", 1) as cluster:
        empty = segment_bytes(cluster)
        cost, _, _ = cluster.tarn("import", source, "/volumes/main/default/history")
        cluster.settle()
        stored = segment_bytes(cluster) - empty
    shutil.rmtree(source)
    return {"name": repository.name, "blobs": count, "raw_bytes": raw, "packs": packs, "stored_bytes": stored, "wall": cost.wall}


def segment_bytes(cluster):
    return harness.tree_size(cluster.nodes[0].data, exclude=lambda name: name.startswith("index.sqlite"))[1]


def measure_large(work):
    """One file that does not compress, in and out."""
    source = work / "large"
    source.mkdir()
    harness.run(["bash", "-c", 'head --bytes="$1" /dev/urandom > "$2"', "bash", str(LARGE_BYTES), source / "noise.bin"])
    with harness.Cluster(work / "tarn-large", 1) as cluster:
        drain()
        incoming, _, _ = cluster.tarn("import", source, "/volumes/main/default/large")
        drain()
        target = work / "large-out"
        outgoing, _, _ = cluster.tarn("export", "/volumes/main/default/large", target)
    compare(source, target, "tarn export")
    shutil.rmtree(source)
    shutil.rmtree(target)
    return {
        "bytes": LARGE_BYTES, "in_wall": incoming.wall, "out_wall": outgoing.wall, "in_peak": incoming.peak, "out_peak": outgoing.peak}


def store_bench(*words, one_core=False):
    """Runs the measuring program and returns what it says."""
    pinned = ["taskset", "--cpu-list", "0"] if one_core else []
    return json.loads(harness.run([*pinned, STORE_BENCH, *words])[1])


def measure_reads(node):
    """Verified reads of single notebooks on one core, from the folder of a node that has stopped."""
    settings = dict(
        line.split(":", 1) for line in (node.directory / "node.yaml").read_text(encoding="utf-8").splitlines() if ":" in line)
    cluster = settings["cluster"].strip().strip("'\"")
    return store_bench("reads", node.data, cluster, node.name, READS, one_core=True)


def measure_million(work):
    """A store of a million blobs, killed while it runs, and opened again."""
    directory = work / "million"
    directory.mkdir()
    with subprocess.Popen([STORE_BENCH, "fill", directory, str(MILLION)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        said = process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        process.wait()
    if json.loads(said or "{}").get("blobs") != MILLION:
        raise Failure(f"{STORE_BENCH.name} did not store a million blobs")
    opened = store_bench("open", directory)
    shutil.rmtree(directory)
    if opened["blobs"] != MILLION:
        raise Failure(f"{opened['blobs']:.0f} of a million blobs are there after a kill")
    return opened


def step_of(item, step, tree, work, entry):
    if step == "restore":
        # It stays until the end: ext4 avoids inodes that were deleted in the last minutes, and looking for others would
        # take the next contender several times as long as restoring.
        target = work / f"restored-by-{item.name.split()[0]}"
        cost = item.restore(target)
        compare(tree, target, item.name)
    elif step == "verify":
        cost = item.verify()
    else:
        cost = item.write(tree)
        entry[f"{step}_apparent"], entry[f"{step}_disk"] = item.disk()
    entry.update({f"{step}_wall": cost.wall, f"{step}_cpu": cost.cpu, f"{step}_peak": cost.peak})
    say(f"  {step:8} {item.name:18} {seconds(cost.wall):>10} wall {seconds(cost.cpu):>10} CPU {human(cost.peak):>10} peak")


def measure(work, options):
    say(harness.make_corpus(work / "corpus", "--notebooks", str(options.notebooks)))
    tree = work / "corpus" / "Clients"
    files, raw, _ = harness.tree_size(tree)
    figures = {"files": files, "raw_bytes": raw, "contenders": {}, "tar": {}}
    makers = {"tarn": Tarn, "git": Git, "restic": Restic, "borg": Borg}
    contenders = [makers[name](work) for name in options.only]
    cluster = next((item.cluster for item in contenders if isinstance(item, Tarn)), None)
    if cluster:
        cluster.__enter__()
    try:
        for item in contenders:
            figures["contenders"][item.name] = {"version": item.version}
        harness.read_all(tree)
        for item in (TarZstd("tar | zstd -3", "-3"), TarZstd("tar | zstd -3 --long=27", "-3 --long=27")):
            cost, size = item.measure(tree, work)
            figures["tar"][item.name] = {"version": item.version, "wall": cost.wall, "cpu": cost.cpu, "bytes": size}
            say(f"  {'import':8} {item.name:18} {seconds(cost.wall):>10} wall, {human(size)}")
        for step in STEPS:
            if step == "day":
                figures["day"] = harness.make_corpus(work / "corpus", "--day", "1")
                harness.read_all(tree)
            for item in contenders:
                drain()
                step_of(item, step, tree, work, figures["contenders"][item.name])
        for item in contenders:
            figures["contenders"][item.name].update(item.finish())
    finally:
        if cluster:
            cluster.__exit__()
    if cluster and STORE_BENCH.exists():
        figures["reads"] = measure_reads(cluster.nodes[0])
        figures["million"] = measure_million(work)
    shutil.rmtree(work / "corpus")
    if options.history:
        figures["history"] = measure_history(work, options)
    if not options.no_large:
        figures["large"] = measure_large(work)
    return figures


def targets(figures):
    """The figures that the store was built for: (what, wanted, measured, whether it is reached)."""
    contenders = figures["contenders"]
    base, git, restic = (contenders.get(name) for name in (Tarn.name, Git.name, Restic.name))
    if not base:
        return
    for name, other in (("git add + commit", git), ("restic backup", restic)):
        if other:
            ratio = base["import_wall"] / other["import_wall"]
            yield f"first import against {name}", "at most 0.20 of its time", f"{ratio:.2f}", ratio <= 0.2
    yield "on disk after it", "at most 30 MB", f"{base['import_apparent'] / 1e6:.1f} MB", base["import_apparent"] <= 30e6
    if git:
        ratio = base["import_apparent"] / git["packed_bytes"]
        yield "on disk against git gc", "at most 0.33 of it", f"{ratio:.2f}", ratio <= 1 / 3
    history = figures.get("history")
    if history:
        ratio = history["stored_bytes"] / history["packs"]["pack"]
        yield f"history of {history['name']} against git's pack", "at most 1.00 of it", f"{ratio:.2f}", ratio <= 1
    yield "nothing changed", "at most 0.6 s", seconds(base["again_wall"]), base["again_wall"] <= 0.6
    grown = base["day_apparent"] - base["again_apparent"]
    yield "a day's changes", "at most 1 s", seconds(base["day_wall"]), base["day_wall"] <= 1
    yield "a day's changes on disk", "under 2 MB", f"{grown / 1e6:.2f} MB", grown < 2e6
    if restic:
        for step, title in (("restore", "export against restic restore"), ("verify", "verify against restic check --read-data")):
            ratio = base[f"{step}_wall"] / restic[f"{step}_wall"]
            yield title, "at most 0.33 of its time", f"{ratio:.2f}", ratio <= 1 / 3
    reads = figures.get("reads")
    if reads:
        hits, misses = reads["hits_per_second"], reads["misses_per_second"]
        yield "verified reads on one core, cached", "80,000 a second", f"{hits:,.0f}", hits >= 80_000
        yield "verified reads on one core, missed", "20,000 a second", f"{misses:,.0f}", misses >= 20_000
    for step in STEPS:
        yield f"peak memory, {step}", "at most 256 MiB", human(base[f"{step}_peak"]), base[f"{step}_peak"] <= MEMORY_MAX
    large = figures.get("large")
    if large:
        for way, wanted in (("in", 400), ("out", 600)):
            rate = large["bytes"] / large[f"{way}_wall"] / 1e6
            yield f"4 GiB file {way}", f"{wanted} MB/s", f"{rate:.0f} MB/s", rate >= wanted
            peak = large[f"{way}_peak"]
            yield f"4 GiB file {way}, peak memory", "at most 256 MiB", human(peak), peak <= MEMORY_MAX
    million = figures.get("million")
    if million:
        yield "a million blobs, open after kill -9", "at most 1 s", seconds(million["seconds"]), million["seconds"] <= 1
        yield "a million blobs, resident", "at most 256 MiB", human(million["peak_bytes"]), million["peak_bytes"] <= MEMORY_MAX


def step_table(figures, step):
    contenders = figures["contenders"]
    base = contenders.get(Tarn.name)
    with_disk = step in ("import", "again", "day")
    rows = []
    for name, entry in contenders.items():
        row = [name]
        for key in ("wall", "cpu"):
            row += [seconds(entry[f"{step}_{key}"]), times(entry[f"{step}_{key}"], base[f"{step}_{key}"]) if base else "-"]
        row.append(human(entry[f"{step}_peak"]))
        if with_disk:
            row += [human(entry[f"{step}_apparent"]), times(entry[f"{step}_apparent"], base[f"{step}_apparent"]) if base else "-"]
        rows.append(row)
    if step == "import":
        for name, entry in figures["tar"].items():
            rows.append([
                name, seconds(entry["wall"]), times(entry["wall"], base["import_wall"]) if base else "-", seconds(entry["cpu"]),
                times(entry["cpu"], base["import_cpu"]) if base else "-", "-", human(entry["bytes"]),
                times(entry["bytes"], base["import_apparent"]) if base else "-"])
    return harness.table(["", "wall", "", "CPU", "", "peak memory"] + (["bytes", ""] if with_disk else []), rows)


def report(figures, facts):
    lines = [harness.heading("store", facts)]
    lines.append(f"{figures['files']} files, {human(figures['raw_bytes'])}; the day: {figures['day']}. "
                 "Ratios are against Tarn: above 1 is slower or larger.\n")
    titles = {
        "import": "First import", "again": "Nothing changed", "day": "One day's changes", "restore": "Restore (compared byte by byte)",
        "verify": "Verify everything (decode and hash): tarn verify, git fsck, restic check --read-data, borg check --verify-data"}
    for step in STEPS:
        lines += [f"## {titles[step]}\n", step_table(figures, step), ""]
    base = figures["contenders"].get(Tarn.name)
    if base:
        rows = [[what, wanted, measured, "yes" if reached else "**no**"] for what, wanted, measured, reached in targets(figures)]
        lines[2:2] = ["## Wanted and measured\n", harness.table(["", "wanted", "measured", "reached"], rows), ""]
        lines.append(
            f"Bytes of Tarn are everything but the disposable index, which takes {human(base['index_bytes'])} more; memory is what "
            "client and node take together, pages of the program that both have mapped counted once.")
    git = figures["contenders"].get(Git.name)
    if git:
        lines.append(f"`git gc` afterwards: {seconds(git['gc_wall'])} wall, {human(git['packed_bytes'])} packed.")
    history = figures.get("history")
    if history:
        rows = [
            ["tarn import", human(history["stored_bytes"]), "1.00x"],
            ["git pack-objects", human(history["packs"]["pack"]), times(history["packs"]["pack"], history["stored_bytes"])],
            ["git pack-objects --window=250", human(history["packs"]["aggressive"]),
             times(history["packs"]["aggressive"], history["stored_bytes"])]]
        lines += [
            f"\n## History of {history['name']}: {history['blobs']} blobs, {human(history['raw_bytes'])}, oldest first\n",
            harness.table(["", "bytes", ""], rows), "",
            "Tarn's bytes hold paths, log and tree nodes as well; git's are the pack alone."]
    large = figures.get("large")
    if large:
        lines.append(
            f"\nOne file of {human(large['bytes'])} that does not compress: in at {large['bytes'] / large['in_wall'] / 1e6:.0f} MB/s, "
            f"out at {large['bytes'] / large['out_wall'] / 1e6:.0f} MB/s, peaks {human(large['in_peak'])} and {human(large['out_peak'])}.")
    lines.append("\n" + "; ".join(str(entry["version"]) for entry in figures["contenders"].values() if entry["version"]) + ".")
    return "\n".join(lines)


def body():
    parser = harness.arguments(__doc__, 70_000)
    bench_import.add_contenders(parser)
    parser.add_argument("--history", help="a git repository whose blobs are stored oldest first, against git's own pack of them")
    parser.add_argument("--no-large", action="store_true", help="without the file of 4 GiB, which needs 16 GiB of disk")
    options = parser.parse_args()
    with harness.work_directory("store", options.keep) as work:
        facts = harness.machine(work)
        figures = measure(pathlib.Path(work), options)
    harness.publish("store", facts, figures, report(figures, facts), options)


if __name__ == "__main__":
    harness.main(body)
