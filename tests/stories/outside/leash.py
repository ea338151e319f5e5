"""Runs ministack on a leash: it ends with the process that started this script.

    leash.py MINISTACK FOLDER

MINISTACK is the program, FOLDER an empty folder for its state, its temporary files and its log. On
standard output comes one line: the URL once the server is healthy, or `error: ...`. The server and
the functions it runs are killed, and FOLDER is removed, when standard input ends: the kernel closes
that pipe even when the tests were killed, so nothing is left behind.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request

HEALTHY_WITHIN_SECONDS = 60
PORTS_TO_TRY = 5


class Leash:
    def __init__(self, program, folder):
        self.program = program
        self.folder = folder
        self.log_path = os.path.join(folder, "ministack.log")
        self.server = None
        self.lock = threading.Lock()

    def start(self):
        """The URL of a healthy server.

        Another process may take a free port before the server does, hence more than one try.
        """
        for _ in range(PORTS_TO_TRY):
            port = free_port()
            url = f"http://127.0.0.1:{port}"
            with self.lock, open(self.log_path, "wb") as log:
                self.server = subprocess.Popen(
                    [self.program],
                    cwd=self.folder,
                    env=environment(port, self.folder),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    # A group of its own, which the functions' processes join.
                    start_new_session=True,
                )
            if self.healthy(url):
                return url
        raise RuntimeError(f"it exited with {self.server.returncode} on {PORTS_TO_TRY} ports")

    def healthy(self, url):
        """True when it answers, False when it exited; raises when it does neither in time."""
        deadline = time.monotonic() + HEALTHY_WITHIN_SECONDS
        while time.monotonic() < deadline:
            if self.server.poll() is not None:
                return False
            try:
                with urllib.request.urlopen(f"{url}/_ministack/health", timeout=1):
                    return True
            except OSError:
                time.sleep(0.02)
        raise RuntimeError(f"it was not healthy within {HEALTHY_WITHIN_SECONDS} s")

    def end(self, code):
        """Kills, tidies up and exits; the lock keeps a server from starting meanwhile."""
        with self.lock:
            if self.server is not None:
                try:
                    os.killpg(self.server.pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
                self.server.wait()
            shutil.rmtree(self.folder, ignore_errors=True)
            os._exit(code)

    def end_with_the_pipe(self):
        while os.read(0, 4096):
            pass
        self.end(0)

    def log_tail(self):
        try:
            with open(self.log_path, encoding="utf-8", errors="replace") as log:
                return log.read()[-2000:]
        except OSError:
            return ""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(port, folder):
    """Nothing inherited but PATH: functions get the server's environment as a part of theirs."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": folder,
        "TMPDIR": folder,
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "S3_DATA_DIR": os.path.join(folder, "s3"),
        "STATE_DIR": os.path.join(folder, "state"),
        "LAMBDA_EXECUTOR": "local",
        # These would listen on fixed ports of every interface.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
    }


def main():
    program, folder = sys.argv[1:]
    # Ctrl-C reaches the whole foreground group, and the leash must outlive the tests to tidy up.
    # A handler and not SIG_IGN, which the server and its functions would inherit.
    for outlived in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(outlived, lambda *_: None)
    leash = Leash(program, os.path.abspath(folder))
    pipe = threading.Thread(target=leash.end_with_the_pipe, daemon=True)
    pipe.start()
    try:
        print(leash.start(), flush=True)
    except (OSError, RuntimeError) as problem:
        print(f"error: {program}: {problem}; its log: {leash.log_tail()!r}", flush=True)
        leash.end(1)
    pipe.join()


main()
