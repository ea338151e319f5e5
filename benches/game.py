"""The finished game in a folder of its own, as a student has it, and edits of it, for `edits.py` and `layouts.py`."""

import contextlib
import itertools
import shutil
import signal
import subprocess
import time

from peers import MAFIA, TARGET

GAME = TARGET / "bench-game"
SOURCE = GAME / "functions/src/bin/new-game.rs"
TEMPLATE = GAME / "template.yaml"
SAID = "New game started with"
STACK = "mafia-bench"
FUNCTION = f"{STACK}-01-new-game"
PATIENCE = 120
GLANCE = 0.005


def make_anew():
    """The folder with today's files. What was compiled in it stays, so that its dependencies are compiled once."""
    built, kept = GAME / "target", TARGET / "bench-game-target"
    if built.exists():
        shutil.rmtree(kept, ignore_errors=True)
        built.rename(kept)
    shutil.rmtree(GAME, ignore_errors=True)
    subprocess.run([MAFIA, "init", GAME, "--finished"], check=True, capture_output=True)
    if kept.exists():
        kept.rename(built)


class Edits:
    """The file that is edited; each edit says something else. `with` puts the first text back."""

    def __init__(self):
        self.original, self.numbers = SOURCE.read_text(), itertools.count(1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        SOURCE.write_text(self.original)

    def save(self):
        """Returns what the function says from now on."""
        said = f"Edit {time.time_ns()}-{next(self.numbers)}: the game started with"
        SOURCE.write_text(self.original.replace(SAID, said))
        return said


def run(environment, *command):
    """Runs it in the game's folder; returns the seconds it took."""
    started = time.perf_counter()
    done = subprocess.run(
        [str(word) for word in command], cwd=GAME, env=environment, capture_output=True, text=True, timeout=1800
    )
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))} failed:\n{done.stdout}\n{done.stderr}")
    return time.perf_counter() - started


def build(environment):
    """Seconds that Cargo takes for the edited function alone."""
    return run(environment, "cargo", "build", "--quiet", "--bin", "new-game")


def until_it_says(said, answer, patience=PATIENCE):
    """Asks again and again, and returns when that was answered."""
    deadline = time.monotonic() + patience
    while True:
        with contextlib.suppress(OSError):
            if said in answer():
                return
        if time.monotonic() > deadline:
            raise SystemExit(f"nothing says “{said}”")
        time.sleep(GLANCE)


def invoked(server):
    """How the function in a server is called."""
    client = server.client("lambda")
    return lambda: client.invoke(FunctionName=FUNCTION, Payload=b"{}")["Payload"].read().decode()


@contextlib.contextmanager
def watching(command, environment, output, remarks):
    """A process that looks at the files until the end of the block."""
    words, nothing = [str(word) for word in command], subprocess.DEVNULL
    process = subprocess.Popen(words, cwd=GAME, env=environment, stdin=nothing, stdout=output, stderr=remarks)
    try:
        yield process
    finally:
        # It may have been stopped, and hears it then when it goes on.
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGCONT)
        process.wait(30)
