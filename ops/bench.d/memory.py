"""How much memory processes take together.

Their resident sizes must not be added: client and node are the same program, whose pages both have mapped and the machine
holds once. The kernel's proportional set size counts such a page once in all; but to find it out it walks every page, so
what is a process's own is looked at often and its share of the files a few times a second.
"""
import pathlib
import threading
import time

OWN_SECONDS = 0.02
SHARED_SECONDS = 0.2


def fields(pid, file):
    """The lines `Name: number kB` of a file in /proc, in bytes; none once the process is gone."""
    try:
        text = pathlib.Path(f"/proc/{pid}/{file}").read_text(encoding="utf-8")
    except OSError:
        return {}
    pairs = (line.split() for line in text.splitlines())
    return {words[0].rstrip(":"): int(words[1]) * 1024 for words in pairs if len(words) == 3 and words[2] == "kB"}


class MemoryWatch:
    """The largest sum of what one process and the largest of `others` take, while the `with` block runs."""

    def __init__(self, others):
        self.others = others
        self.pid = None
        self.peak = 0
        self.shared = {}
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.watch)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()

    def watch(self):
        looked = 0.0
        while not self.over.wait(OWN_SECONDS):
            pids = [*self.others] + ([self.pid] if self.pid else [])
            if time.monotonic() - looked > SHARED_SECONDS and self.pid:
                self.shared = {pid: fields(pid, "smaps_rollup").get("Pss_File", 0) for pid in pids}
                looked = time.monotonic()
            own = {pid: self.own(pid) for pid in pids}
            total = own.get(self.pid, 0) + max((own[pid] for pid in self.others), default=0)
            self.peak = max(self.peak, total)

    def own(self, pid):
        found = fields(pid, "status")
        return found.get("RssAnon", 0) + found.get("RssShmem", 0) + self.shared.get(pid, 0)
