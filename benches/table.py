"""The table that `benches/run` prints: a row for each measure, with medians and their ratio.

Alone, it prints the head of the table.
"""

import os
import pathlib
import platform
import subprocess
import time


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def begin():
    """The machine and the day, and the head of the table."""
    cpu = next(
        (line.split(":", 1)[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.machine(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    rust = subprocess.run(["rustc", "--version"], capture_output=True, text=True).stdout.split()[1]
    print(f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores of {cpu}, {memory:.0f} GB, Linux {platform.release()}, Rust {rust}.")
    print("Medians; a ratio above 1 is in favour of mafia.\n")
    print("| what | mafia | beside it | | ratio | rounds |")
    print("|---|---|---|---|---|---|", flush=True)


def row(what, ours, beside, theirs, unit="s", share=0.5, more_is_better=False):
    """One measure: our values and theirs, in `unit`; seconds are shown as milliseconds."""
    mine, other = percentile(ours, share), percentile(theirs, share)
    ratio = mine / other if more_is_better else other / mine
    rounds = f"{len(ours)}" if len(ours) == len(theirs) else f"{len(ours)}, {len(theirs)}"
    print(f"| {what} | {shown(mine, unit)} | {beside} | {shown(other, unit)} | {ratio:.2f} | {rounds} |", flush=True)


def shown(value, unit):
    return f"{value * 1000:.1f} ms" if unit == "s" else f"{value:.1f} {unit}"



if __name__ == "__main__":
    begin()
