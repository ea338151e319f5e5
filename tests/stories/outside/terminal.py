"""Runs a program on a terminal of its own, and tells what a person would have seen there.

    terminal.py COLUMNS KEYS PROGRAM [ARGUMENT ...]

KEYS is a JSON list of pairs: a text to wait for on the screen, and what to type then. Prints

    {"code": exit code, "screen": [line, ...], "styled": [line, ...], "gone": [line, ...],
     "wrapped": [line, ...], "colored": whether there were colours or bold letters}

where `screen` is what stands there in the end, `styled` the same with marks such as <bold red>
before and </> after letters in colours, `gone` the lines that stood there and were erased, and
`wrapped` the lines that were too long, with what went on in the next. Knows the few control sequences
that progress lines and line editors use; anything else is an error.
"""

import codecs
import fcntl
import itertools
import json
import os
import pty
import re
import struct
import sys
import termios

ROWS = 200
CONTROL = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])")
STYLES = {"1": "bold", "2": "dim", "4": "underlined", "31": "red", "32": "green"}


class Screen:
    def __init__(self, columns):
        self.columns = columns
        self.lines = [""]
        self.styles = [{}]  # of each line, by column
        self.style = ""
        self.row = self.column = 0
        self.gone = []
        self.wrapped = []
        self.colored = False
        self.pending = ""
        self.goes_on = False

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
                self.styles.append({})
        elif letter == "\r":
            self.goes_on = False
            self.column = 0
        elif letter >= " ":
            if self.column == self.columns:
                self.wrapped.append(self.lines[self.row])
                self.put("\r")
                self.put("\n")
                self.goes_on = True
            if self.goes_on:
                self.wrapped[-1] += letter
            line = self.lines[self.row].ljust(self.column)
            self.lines[self.row] = line[: self.column] + letter + line[self.column + 1 :]
            self.styles[self.row][self.column] = self.style
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
            del self.lines[self.row + 1 :], self.styles[self.row + 1 :]
        elif kind == "m":
            self.colored = True
            for one in numbers.split(";"):
                added = STYLES.get(one, f"colour {one}")
                self.style = "" if one in ("", "0") else f"{self.style} {added}".strip()
        elif kind in "hl" and numbers.startswith("?"):
            pass  # a mode of the terminal, such as that for pasted text
        else:
            raise ValueError(f"an unknown control sequence: {numbers}{kind}")

    def text(self):
        return "\n".join(self.lines)

    def styled(self, row):
        line, styles = self.lines[row].rstrip(), self.styles[row]
        marked = ""
        for style, columns in itertools.groupby(range(len(line)), lambda column: styles.get(column, "")):
            letters = "".join(line[column] for column in columns)
            marked += f"<{style}>{letters}</>" if style and letters.strip() else letters
        return marked


def main():
    columns, keys = int(sys.argv[1]), json.loads(sys.argv[2])
    child, terminal = pty.fork()
    if child == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))
        os.environ.setdefault("TERM", "xterm-256color")
        # As a person starts it who has installed it.
        folder, program = os.path.split(sys.argv[3])
        os.environ["PATH"] = f"{folder}:{os.environ['PATH']}"
        os.execvp(program, [program, *sys.argv[4:]])
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
        "styled": [screen.styled(row) for row in range(len(screen.lines))],
        "gone": sorted({line for line in screen.gone if line}),
        "wrapped": screen.wrapped,
        "colored": screen.colored,
    }
    json.dump(told, sys.stdout, ensure_ascii=False)


main()
