"""The store against git, restic, borg and tar | zstd: import, again, a day, restore, verification, and a history of versions.

Tarn runs as a cluster of one datacentre whose node acknowledges after fdatasync; client and node are both counted. The others run as
they come. The history is that of a git repository (--history DIR): every blob of it, oldest first.
"""
import pathlib
import shutil
import subprocess

import bench_import
import harness
from bench_import import compare, drain
from harness import Failure, human, say, seconds, times

STEPS = ("import", "again", "day", "restore", "verify")
LARGE_BYTES = 4 << 30


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


def git_objects(repository):
    """Addresses of every blob that the history of `repository` names, oldest first, each once."""
    listing = subprocess.run(
        ["git", "-C", str(repository), "rev-list", "--objects", "--all", "--reverse", "--in-commit-order"],
        capture_output=True, text=True, check=True).stdout
    names = [line.split(" ", 1)[0] for line in listing.splitlines()]
    checked = subprocess.run(
        ["git", "-C", str(repository), "cat-file", "--batch-check=%(objecttype) %(objectname)"],
        input="\n".join(names), capture_output=True, text=True, check=True).stdout
    return [line.split()[1] for line in checked.splitlines() if line.startswith("blob ")]


def write_history(repository, directory):
    """Every blob as a file of its own, named so that the oldest sorts first; returns their count and bytes."""
    names = git_objects(repository)
    total = 0
    with subprocess.Popen(
            ["git", "-C", str(repository), "cat-file", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
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
            input=names, capture_output=True, text=True)
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


def step_of(item, step, tree, work, entry):
    if step == "restore":
        target = work / "restored"
        cost = item.restore(target)
        compare(tree, target, item.name)
        shutil.rmtree(target)
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
    contenders = [makers[name](work) for name in options.only.split(",")]
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
    if options.history:
        figures["history"] = measure_history(work, options)
    if options.large:
        figures["large"] = measure_large(work)
    return figures


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
        lines.append(
            f"Bytes of Tarn are everything but the disposable index, which takes {human(base['index_bytes'])} more; memory is the sum of "
            "the peaks of client and node.")
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
    parser.add_argument("--only", default="tarn,git,restic,borg", help="contenders, in the order in which they run")
    parser.add_argument("--history", help="a git repository whose blobs are stored oldest first, against git's own pack of them")
    parser.add_argument("--large", action="store_true", help="also a file of 4 GiB that does not compress, in and out")
    options = parser.parse_args()
    unknown = set(options.only.split(",")) - {"tarn", "git", "restic", "borg"}
    if unknown:
        parser.error(f"unknown contender: {', '.join(sorted(unknown))}")
    with harness.work_directory("store", options.keep) as work:
        facts = harness.machine(work)
        figures = measure(pathlib.Path(work), options)
    text = report(figures, facts)
    say("\n" + text)
    if options.save:
        harness.save("store", facts, figures, text)


if __name__ == "__main__":
    harness.main(body)
