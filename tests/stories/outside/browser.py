"""Opens a page in headless Chromium and does what it is told, a step at a time.

    browser.py URL

Reads steps from standard input, a JSON list in each line, and answers each with a line of JSON:

    ["see", SCRIPT]               the value of the script's expression in the page
    ["wait", SCRIPT]              the same, once it is true
    ["press", KEY, ...]           presses keys, such as "Tab" or "Enter"; answers null
    ["size", WIDTH, HEIGHT]       the size of the window
    ["scheme", "light" or "dark"] the colours that the reader prefers
    ["picture", FILE]             writes a picture of the page as PNG
    ["tree"]                      the roles and names that a screen reader gets, in their order
    ["go", URL]                   opens another page; answers the status
    ["said"]                      what the browser's console has said so far

Ends when its input ends. Speaks Chromium's own protocol over two pipes, which needs no library and opens no
port.
"""

import base64
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

PATIENCE = 60
GLANCE = 0.02
KEYS = {"Tab": 9, "Enter": 13, " ": 32, "Escape": 27}
PROGRAMS = ["chromium", "chromium-browser", "google-chrome"]


class Browser:
    def __init__(self, program, folder):
        reads, self.writes = os.pipe()
        self.reads, writes = os.pipe()

        def with_pipes():
            # Chromium reads from 3 and writes to 4.
            ours, theirs = os.dup(reads), os.dup(writes)
            os.dup2(ours, 3)
            os.dup2(theirs, 4)

        self.process = subprocess.Popen(
            [
                program,
                "--headless=new",
                # A container has no namespaces to give, and root may not use the sandbox; only our page is opened.
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--no-first-run",
                "--no-proxy-server",
                f"--user-data-dir={folder}",
                "--remote-debugging-pipe",
                "about:blank",
            ],
            preexec_fn=with_pipes,
            close_fds=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(reads)
        os.close(writes)
        self.buffer, self.number, self.console, self.status = b"", 0, [], None
        targets = self.ask("Target.getTargets")["targetInfos"]
        page = next(it["targetId"] for it in targets if it["type"] == "page")
        self.session = self.ask("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        for domain in ["Page", "Runtime", "Network", "Log", "Accessibility"]:
            self.page(f"{domain}.enable")

    def ask(self, method, session=None, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self.writes, json.dumps(message).encode() + b"\0")
        while True:
            heard = self.hear()
            if heard.get("id") == self.number:
                if "error" in heard:
                    sys.exit(f"{method}: {heard['error']}")
                return heard["result"]

    def page(self, method, **parameters):
        return self.ask(method, self.session, **parameters)

    def hear(self):
        while b"\0" not in self.buffer:
            read = os.read(self.reads, 65536)
            if not read:
                sys.exit("chromium has ended")
            self.buffer += read
        message, self.buffer = self.buffer.split(b"\0", 1)
        message = json.loads(message)
        parameters = message.get("params", {})
        if message.get("method") == "Log.entryAdded":
            self.console.append(parameters["entry"]["text"])
        elif message.get("method") == "Runtime.exceptionThrown":
            self.console.append(str(parameters["exceptionDetails"]))
        elif message.get("method") == "Network.responseReceived" and parameters["type"] == "Document":
            self.status = parameters["response"]["status"]
        return message

    def see(self, script):
        seen = self.page("Runtime.evaluate", expression=script, returnByValue=True)
        if "exceptionDetails" in seen:
            sys.exit(f"{script}: {seen['exceptionDetails']}")
        return seen["result"].get("value")

    def wait(self, script):
        deadline = time.monotonic() + PATIENCE
        while not (seen := self.see(script)):
            if time.monotonic() > deadline:
                page = self.see("document.body.innerText")
                sys.exit(f"never true: {script}\nThe page:\n{page}\nThe console: {self.console}")
            time.sleep(GLANCE)
        return seen

    def go(self, url):
        self.status = None
        self.page("Page.navigate", url=url)
        self.wait("document.readyState === 'complete' && location.href !== 'about:blank'")
        return self.status

    def press(self, *keys):
        for key in keys:
            code = KEYS[key]
            text = {"Enter": "\r", " ": " "}.get(key, "")
            down = {"type": "keyDown" if text else "rawKeyDown", "text": text}
            for kind in [down, {"type": "keyUp"}]:
                self.page("Input.dispatchKeyEvent", key=key, windowsVirtualKeyCode=code, **kind)

    def size(self, width, height):
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.page("Emulation.setDeviceMetricsOverride", **metrics)

    def scheme(self, value):
        feature = {"name": "prefers-color-scheme", "value": value}
        self.page("Emulation.setEmulatedMedia", features=[feature])

    def picture(self, file):
        data = self.page("Page.captureScreenshot")["data"]
        with open(file, "wb") as written:
            written.write(base64.b64decode(data))

    def tree(self):
        nodes = self.page("Accessibility.getFullAXTree")["nodes"]
        heard = [node for node in nodes if not node["ignored"]]
        return [[node["role"]["value"], node.get("name", {}).get("value", "")] for node in heard]

    def said(self):
        return self.console


def main():
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        sys.exit("needs chromium: as root, run apt-get install chromium")
    with tempfile.TemporaryDirectory(prefix="browser-", ignore_cleanup_errors=True) as folder:
        browser = Browser(program, folder)
        try:
            print(json.dumps(browser.go(sys.argv[1])), flush=True)
            for line in sys.stdin:
                step, *arguments = json.loads(line)
                print(json.dumps(getattr(browser, step)(*arguments)), flush=True)
        finally:
            browser.process.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                browser.process.wait(PATIENCE)


main()
