"""One file served by nginx: what the machine can do with the same bytes."""
import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import time

import harness
from harness import Failure


class Static:
    """nginx with one worker a core, serving one file; nothing when it is not installed."""

    def __init__(self, directory, content, name):
        self.directory, self.content, self.name = pathlib.Path(directory), content, name
        self.port = harness.free_ports(1)[0]
        self.process = None

    def __enter__(self):
        # Debian keeps it where only root's PATH leads.
        program = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
        if program is None:
            return self
        self.directory.mkdir()
        (self.directory / self.name).write_bytes(self.content)
        configuration = self.directory / "nginx.conf"
        configuration.write_text(
            # Workers of another user would not be let into the work directory of root.
            ("user root; " if os.geteuid() == 0 else "")
            + "daemon off; worker_processes auto; pid nginx.pid; error_log stderr crit;\n"
            "events { worker_connections 1024; }\n"
            f"http {{ access_log off; keepalive_requests 100000000; server {{ listen 127.0.0.1:{self.port}; root {self.directory}; }} }}\n",
            encoding="utf-8")
        self.directory.chmod(0o755)
        self.process = subprocess.Popen([program, "-p", str(self.directory), "-c", str(configuration)])
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return self
            time.sleep(0.02)
        raise Failure("nginx does not listen")

    def __exit__(self, *_):
        if self.process:
            self.process.terminate()
            self.process.wait()
