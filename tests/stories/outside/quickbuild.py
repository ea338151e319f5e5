"""A client of the lab `quickbuild`: bundles of interpreted files.

    quickbuild.py STACK

The endpoint, keys and region come from AWS's own environment variables. It prints one JSON document.
"""

import concurrent.futures
import io
import json
import sys
import zipfile

import boto3
from botocore.config import Config

AT_ONCE = 6
CONFIG = Config(retries={"total_max_attempts": 1}, read_timeout=60, s3={"addressing_style": "path"})


def client(service):
    return boto3.client(service, config=CONFIG)


def bundle(entries):
    """A zip of texts and modes by name."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, (text, mode) in entries.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            zipped.writestr(info, text, zipfile.ZIP_DEFLATED)
    return held.getvalue()


class Account:
    def __init__(self, stack):
        self.function = f"{stack}-01-quickbuild"
        self.objects = client("s3")
        parameters = client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]["Parameters"]
        self.bucket = next(it["ParameterValue"] for it in parameters if it["ParameterKey"] == "ArtifactBucket")

    def put(self, key, body, bucket=None):
        self.objects.put_object(Bucket=bucket or self.bucket, Key=key, Body=body)

    def zip(self, key):
        body = self.objects.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        zipped = zipfile.ZipFile(io.BytesIO(body))
        assert zipped.testzip() is None
        return {
            info.filename: [zipped.read(info).decode(), oct(info.external_attr >> 16 & 0o777)]
            for info in zipped.infolist()
        }

    def patch(self, src, changes, **more):
        """The answer, or else the message of the error."""
        event = {"src": src, "changes": changes, **more}
        answer = client("lambda").invoke(FunctionName=self.function, Payload=json.dumps(event))
        body = json.load(answer["Payload"])
        return body["errorMessage"] if "FunctionError" in answer else body

    def at_once(self, key):
        """Changes at the same time: which were taken, and which are in the bundle."""
        self.put(key, bundle({"index.py": ("", 0o644)}))

        def change(number):
            return self.patch(f"s3://{self.bucket}/{key}", {f"{number}.py": "x"})

        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            answers = list(pool.map(change, range(AT_ONCE)))
        refused = [answer for answer in answers if isinstance(answer, str)]
        assert all("changed by somebody else" in text for text in refused), refused
        taken = [f"{number}.py" for number, answer in enumerate(answers) if isinstance(answer, dict)]
        return {"taken": taken, "found": sorted(set(self.zip(key)) - {"index.py"})}


def main(stack):
    account = Account(stack)
    key = "bundles/path/to/archive.zip"
    here = f"s3://{account.bucket}/{key}"
    first = {
        "index.py": ("def handler(event, context): return 1\n", 0o644),
        "lib/old.py": ("OLD = 1\n", 0o600),
    }
    account.put(key, bundle(first))
    changes = {"index.py": "def handler(event, context): return 2\n", "lib/new.py": "NEW = 1\n"}
    answer = account.patch(here, changes)
    report = {
        "changed": {name: answer[name] for name in ("added", "modified", "removed")},
        "bundle": account.zip(key),
    }
    changes = {"index.py": "def handler(event, context): return 3\n"}
    # As the source takes it too: without the scheme.
    account.patch(here.removeprefix("s3://"), changes, to="bundles/third.zip")
    report["elsewhere"] = account.zip("bundles/third.zip")["index.py"][0]

    account.put("games/somebody", bundle(first))
    other = f"other-{stack}"
    account.objects.create_bucket(Bucket=other)
    account.put("bundles/a.zip", bundle(first), other)
    account.put("bundles/bomb.zip", bundle({f"{number}": ("0" * 90_000_000, 0o644) for number in range(3)}))
    before = account.zip(key)
    report["refused"] = {
        "outside": account.patch(here, {"../x": "x"}),
        "digest": account.patch(here, changes, digest="something else"),
        "missing": account.patch(f"s3://{account.bucket}/bundles/none.zip", changes),
        "games": account.patch(f"s3://{account.bucket}/games/somebody", changes),
        "other": account.patch(f"s3://{other}/bundles/a.zip", changes),
        "written": account.patch(here, changes, to="classes/code.json"),
        "bomb": account.patch(f"s3://{account.bucket}/bundles/bomb.zip", changes),
    }
    report["unchanged"] = account.zip(key) == before
    report["at_once"] = account.at_once("bundles/at-once.zip")
    account.objects.delete_object(Bucket=account.bucket, Key="games/somebody")
    account.objects.delete_object(Bucket=other, Key="bundles/a.zip")
    account.objects.delete_bucket(Bucket=other)
    json.dump(report, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
