"""Runs a program on a terminal of its own, and tells what a person would have seen there.

    terminal.py COLUMNS KEYS PROGRAM [ARGUMENT ...]

KEYS is a JSON list of pairs: a text to wait for on the screen, and what to type then. Prints

    {"code": exit code, "screen": [line, ...], "gone": [line, ...], "wrapped": [line, ...],
     "colored": whether there were colours or bold letters}

where `screen` is what stands there in the end, `gone` the lines that stood there and were erased,
and `wrapped` the lines that were too long and went on in the next. Knows the few control sequences
that progress lines and line editors use; anything else is an error.
"""

import codecs
import fcntl
import json
import os
import pty
import re
import struct
import sys
import termios

ROWS = 200
CONTROL = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])")


class Screen:
    def __init__(self, columns):
        self.columns = columns
        self.lines = [""]
        self.row = self.column = 0
        self.gone = []
        self.wrapped = []
        self.colored = False
        self.pending = ""

    def feed(self, text):
        text = self.pending + text
        self.pending = ""
        at = 0
        while at < len(text):
            control = CONTROL.match(text, at)
            if control:
                self.control(*control.groups())
                at = control.end()
            elif text[at] == "\x1b":
                self.pending = text[at:]
                return
            else:
                self.put(text[at])
                at += 1

    def put(self, letter):
        if letter == "\n":
            self.row += 1
            if self.row == len(self.lines):
                self.lines.append("")
        elif letter == "\r":
            self.column = 0
        elif letter >= " ":
            if self.column == self.columns:
                self.wrapped.append(self.lines[self.row])
                self.put("\r")
                self.put("\n")
            line = self.lines[self.row].ljust(self.column)
            self.lines[self.row] = line[: self.column] + letter + line[self.column + 1 :]
            self.column += 1

    def control(self, numbers, kind):
        number = int(numbers or 1) if numbers.isdigit() or not numbers else 0
        if kind == "A":
            self.row = max(0, self.row - number)
        elif kind == "B":
            self.row = min(len(self.lines) - 1, self.row + number)
        elif kind == "C":
            self.column = min(self.columns - 1, self.column + number)
        elif kind == "D":
            self.column = max(0, self.column - number)
        elif kind == "K":
            self.gone.append(self.lines[self.row].rstrip())
            self.lines[self.row] = "" if numbers == "2" else self.lines[self.row][: self.column]
        elif kind == "J" and not numbers:
            self.lines[self.row] = self.lines[self.row][: self.column]
            del self.lines[self.row + 1 :]
        elif kind == "m":
            self.colored = True
        elif kind in "hl" and numbers.startswith("?"):
            pass  # a mode of the terminal, such as that for pasted text
        else:
            raise ValueError(f"an unknown control sequence: {numbers}{kind}")

    def text(self):
        return "\n".join(self.lines)


def main():
    columns, keys = int(sys.argv[1]), json.loads(sys.argv[2])
    child, terminal = pty.fork()
    if child == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))
        os.environ["TERM"] = "xterm-256color"
        os.execv(sys.argv[3], sys.argv[3:])
    screen = Screen(columns)
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    seen = 0
    while True:
        try:
            read = os.read(terminal, 4096)
        except OSError:
            break
        if not read:
            break
        screen.feed(decoder.decode(read))
        text = screen.text()
        while keys and keys[0][0] in text[seen:]:
            seen = text.index(keys[0][0], seen) + len(keys[0][0])
            os.write(terminal, keys.pop(0)[1].encode())
    _, status = os.waitpid(child, 0)
    told = {
        "code": os.waitstatus_to_exitcode(status),
        "screen": [line.rstrip() for line in screen.lines],
        "gone": sorted({line for line in screen.gone if line}),
        "wrapped": screen.wrapped,
        "colored": screen.colored,
    }
    json.dump(told, sys.stdout, ensure_ascii=False)


main()
