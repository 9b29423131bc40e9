"""Drives a headless Chromium over its DevTools protocol through every page of the dashboard.

Arguments: Chromium, the node's URL, a token, a folder for screenshots, a folder for the profile. Only the standard library is used.
"""

import base64
import json
import os
import pathlib
import socket
import struct
import subprocess
import sys
import time
import urllib.parse
import urllib.request

PAGES = {
    "cluster": "/",
    "health": "/ui/health",
    "browse": "/ui/browse/workspace/main",
    "notebook": "/ui/browse/workspace/main/Research/churn_features.py",
    "evil": "/ui/browse/workspace/main/" + urllib.parse.quote("<script>window.pwned = 1<_script>.py") + "?at=4",
    "history": "/ui/history/workspace/main/" + urllib.parse.quote("<script>window.pwned = 1<_script>.py"),
    "diff": "/ui/diff/workspace/main/" + urllib.parse.quote("<script>window.pwned = 1<_script>.py") + "?from=4&to=5",
    "proof": "/ui/proof/workspace/main/README.md",
    "search": "/ui/search?q=spark",
    "log": "/ui/log",
    "op": "/ui/log/2",
    "storage": "/ui/storage",
    "audit": "/ui/audit",
    "missing": "/ui/browse/workspace/nothing",
}
WIDTHS = (360, 1440)
SCHEMES = ("light", "dark")
RESPONSE_MILLISECONDS_MAX = 50


class WebSocket:
    """A client of one connection, for text frames."""

    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout=30)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        self.buffer = b""
        while b"\r\n\r\n" not in self.buffer:
            self.buffer += self.socket.recv(65536)
        self.buffer = self.buffer.split(b"\r\n\r\n", 1)[1]

    def take(self, count):
        while len(self.buffer) < count:
            piece = self.socket.recv(1 << 20)
            if not piece:
                raise ConnectionError("Chromium closed the connection")
            self.buffer += piece
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def send(self, text):
        data = text.encode()
        mask = os.urandom(4)
        length = len(data)
        if length < 126:
            head = struct.pack("!BB", 0x81, 0x80 | length)
        elif length < 65536:
            head = struct.pack("!BBH", 0x81, 0x80 | 126, length)
        else:
            head = struct.pack("!BBQ", 0x81, 0x80 | 127, length)
        self.socket.sendall(head + mask + bytes(byte ^ mask[index % 4] for index, byte in enumerate(data)))

    def receive(self):
        text = b""
        while True:
            first, second = self.take(2)
            length = second & 0x7F
            if length == 126:
                (length,) = struct.unpack("!H", self.take(2))
            elif length == 127:
                (length,) = struct.unpack("!Q", self.take(8))
            payload = self.take(length)
            if first & 0x0F in (0, 1):
                text += payload
                if first & 0x80:
                    return text.decode()


class Browser:
    """One tab."""

    def __init__(self, program, profile):
        self.process = subprocess.Popen(
            [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", "--no-first-run",
             "--disable-background-networking", "--disable-dev-shm-usage", "--hide-scrollbars",
             f"--user-data-dir={profile}", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        file = pathlib.Path(profile) / "DevToolsActivePort"
        deadline = time.monotonic() + 60
        while not file.exists() or len(file.read_text().splitlines()) < 2:
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise SystemExit("error: Chromium does not start")
            time.sleep(0.1)
        port = file.read_text().splitlines()[0]
        tabs = json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list"))
        self.connection = WebSocket(next(tab for tab in tabs if tab["type"] == "page")["webSocketDebuggerUrl"])
        self.last = 0
        self.events = []
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method, **parameters):
        self.last += 1
        self.connection.send(json.dumps({"id": self.last, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.connection.receive())
            if message.get("id") == self.last:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            self.events.append(message)

    def wait(self, method):
        while True:
            for index, event in enumerate(self.events):
                if event.get("method") == method:
                    del self.events[: index + 1]
                    return event["params"]
            self.events.append(json.loads(self.connection.receive()))

    def evaluate(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"])
        return result["result"].get("value")

    def open(self, url):
        self.events.clear()
        self.call("Page.navigate", url=url)
        seen = []
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(json.loads(self.connection.receive()))
        seen.extend(self.events)
        return seen

    def press_tab(self):
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)

    def close(self):
        self.process.terminate()
        self.process.wait(timeout=20)


def check_page(browser, base, name, path, width):
    problems = []
    events = browser.open(base + path)
    for event in events:
        method, parameters = event.get("method"), event.get("params", {})
        if method == "Network.requestWillBeSent" and not parameters["request"]["url"].startswith(base):
            problems.append(f"loads {parameters['request']['url']}")
        if method == "Log.entryAdded" and parameters["entry"]["level"] == "error" and name != "missing":
            problems.append(f"console: {parameters['entry']['text']}")
        if method == "Runtime.exceptionThrown":
            problems.append(f"script: {parameters['exceptionDetails']['text']}")
    facts = browser.evaluate(
        """(() => {
            const timing = performance.getEntriesByType("navigation")[0];
            const named = (element) => element.labels?.length || element.ariaLabel || element.type === "hidden";
            return {
              overflow: document.documentElement.scrollWidth - innerWidth, headings: document.querySelectorAll("main > h1").length,
              pwned: window.pwned !== undefined, unnamed: [...document.querySelectorAll("input")].filter((e) => !named(e)).length,
              milliseconds: timing.responseEnd - timing.requestStart, scripts: document.scripts.length,
              size: getComputedStyle(document.body).fontSize };
        })()"""
    )
    if facts["overflow"] > 0:
        problems.append(f"is {facts['overflow']} pixels wider than the window")
    if facts["headings"] != 1:
        problems.append(f"has {facts['headings']} main headings")
    if facts["pwned"]:
        problems.append("ran what a notebook holds")
    if facts["unnamed"]:
        problems.append("has an input without a name")
    if facts["scripts"] != 1:
        problems.append(f"has {facts['scripts']} scripts")
    if name == "evil" and "<script>window.pwned" not in browser.evaluate("document.body.innerText"):
        problems.append("does not show the notebook's text")
    return facts["milliseconds"], [f"{name} at {width}: {problem}" for problem in problems]


def sign_in(browser, base, token):
    browser.open(base + "/")
    browser.press_tab()
    for _ in range(8):
        if browser.evaluate("document.activeElement.id") == "token":
            break
        browser.press_tab()
    else:
        raise SystemExit("error: the form cannot be reached by keyboard")
    browser.call("Input.insertText", text=token)
    browser.events.clear()
    for kind in ("keyDown", "keyUp"):
        browser.call("Input.dispatchKeyEvent", type=kind, key="Enter", code="Enter", windowsVirtualKeyCode=13, text="\r")
    browser.wait("Page.loadEventFired")
    if not browser.evaluate("document.querySelector('[data-live]') !== null"):
        raise SystemExit("error: signing in by keyboard does not lead to the cluster")


def check_live(browser, base, token):
    """The cluster's page follows a change without being loaded again."""
    browser.open(base + "/")
    before = browser.evaluate("document.getElementById('head-op').textContent")
    request = urllib.request.Request(
        base + "/v1/content/workspace/main/live.txt", method="PUT", data=os.urandom(8).hex().encode(),
        headers={"Authorization": f"Bearer {token}"})
    urllib.request.urlopen(request).read()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if browser.evaluate("document.getElementById('head-op').textContent") != before:
            return []
        time.sleep(0.2)
    return ["cluster: the figures do not follow a change"]


def check_keyboard(browser, base):
    browser.open(base + "/")
    browser.press_tab()
    if browser.evaluate("document.activeElement.className") != "skip":
        return ["cluster: the first stop of the keyboard is not the link to the content"]
    stops = set()
    for _ in range(14):
        browser.press_tab()
        stops.add(browser.evaluate("document.activeElement.textContent.slice(0, 40)"))
    return [] if len(stops) >= 9 else [f"cluster: the keyboard reaches {sorted(stops)} only"]


def main():
    program, base, token, screenshots, profile = sys.argv[1:]
    browser = Browser(program, profile)
    problems, times = [], []
    try:
        browser.open(base + "/ui/login")
        shot(browser, screenshots, "login-light-1440")
        sign_in(browser, base, token)
        for scheme in SCHEMES:
            browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
            for width in WIDTHS:
                browser.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1,
                             mobile=width < 600)
                for name, path in PAGES.items():
                    milliseconds, found = check_page(browser, base, name, path, width)
                    times.append((milliseconds, name))
                    problems += found
                    shot(browser, screenshots, f"{name}-{scheme}-{width}")
        problems += check_keyboard(browser, base)
        problems += check_live(browser, base, token)
    finally:
        browser.close()
    slowest = {}
    for milliseconds, name in times:
        slowest.setdefault(name, []).append(milliseconds)
    for name, samples in slowest.items():
        if sorted(samples)[len(samples) // 2] > RESPONSE_MILLISECONDS_MAX:
            problems.append(f"{name}: answered after {sorted(samples)[len(samples) // 2]:.0f} ms")
    print(f"    {len(times)} pages looked at; the slowest answered after {max(times)[0]:.0f} ms ({max(times)[1]})")
    for problem in problems:
        print(f"    PROBLEM {problem}")
    sys.exit(1 if problems else 0)


def shot(browser, folder, name):
    data = browser.call("Page.captureScreenshot", format="png")["data"]
    (pathlib.Path(folder) / f"{name}.png").write_bytes(base64.b64decode(data))


if __name__ == "__main__":
    main()
