"""Bundles to deploy: functions in Python that speak the Runtime API by themselves, without a library
of anybody's, and the project's own functions."""

import io
import os
import pathlib
import sys
import textwrap
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
# The folder in which Cargo has built the functions.
FUNCTIONS = pathlib.Path(os.environ.get("FUNCTIONS") or ROOT / "target/debug")

LOOP = '''#!{python}
import json, os, signal, subprocess, sys, time, urllib.request, urllib.error
API = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/"

def post(path, body, headers={{}}):
    request = urllib.request.Request(API + path, data=body, headers=headers, method="POST")
    return urllib.request.urlopen(request).status

{start}

while True:
    with urllib.request.urlopen(API + "invocation/next") as next_call:
        headers, body = next_call.headers, next_call.read()
    call = headers["Lambda-Runtime-Aws-Request-Id"]
    event = json.loads(body or b"null")
{handler}
    post(f"invocation/{{call}}/response", json.dumps(answer).encode())
'''


def python(handler, start=""):
    """A bundle whose function runs `handler` for each call: it has `event`, `headers` and `call`, and
    sets `answer`. `start` runs once, before the first call."""
    source = LOOP.format(
        python=sys.executable, start=textwrap.dedent(start), handler=textwrap.indent(textwrap.dedent(handler), "    ")
    )
    return zipped({"bootstrap": source.encode()})


def zipped(files, mode=0o755):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, contents in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (0o100000 | mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, contents)
    return packed.getvalue()


def game(function):
    """The bundle of one of the project's functions, as Cargo has built it."""
    binary = FUNCTIONS / function
    return zipped({"bootstrap": binary.read_bytes(), "names.txt": (ROOT / "names.txt").read_bytes()})


ECHO = python("answer = event")
