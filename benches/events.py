"""Measures messages in the sandbox beside ministack: through a topic to two functions, and through a queue.

    benches/events [--rounds 5] [--messages 1000]

Rounds are interleaved, so that whatever else the machine does hits both alike; what counts is the ratio of the
medians. Eight threads send at once, to both alike.
"""

import argparse
import contextlib
import json
import pathlib
import tempfile
import time

import table
from peers import MAFIA
from servers import Ministack, STACK, Sandbox, show
from unsent import send, signed

LAB = f"{STACK}-word-count"
BATCH = 10
THREADS = 8
# So many that transactions on one word seldom meet.
WORDS = 100
PATIENCE = 300


def batches(numbers):
    return [numbers[start : start + BATCH] for start in range(0, len(numbers), BATCH)]


class Topic:
    """The word counter: each message goes to a function that counts its word, and to one that logs it."""

    def __init__(self, server):
        server.run(MAFIA, "deploy", "--lab", "word-count", "-p", "SlackToken=token-of-a-bench")
        self.sns, self.tables = server.client("sns"), server.client("dynamodb")
        outputs = server.client("cloudformation").describe_stacks(StackName=LAB)["Stacks"][0]["Outputs"]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in outputs}
        self.topic, self.table = outputs["TopicArn"], outputs["TableName"]
        self.counted = 0

    def count(self):
        items = self.tables.scan(TableName=self.table, ConsistentRead=True)["Items"]
        return sum(int(item["count"]["N"]) for item in items)

    def publish(self, numbers):
        def entry(number):
            message = {"id": f"{time.monotonic_ns()}-{number}", "text": f"word{number % WORDS}"}
            return {"Id": str(number), "Message": json.dumps(message)}

        return "publish_batch", {"TopicArn": self.topic, "PublishBatchRequestEntries": list(map(entry, numbers))}

    def seconds(self, messages):
        self.counted += 10 * messages
        requests = signed(self.sns, map(self.publish, batches(range(messages))))
        started = time.perf_counter()
        _, answers = send(requests, THREADS)
        assert not any(b"<Failed><member>" in answer for answer in answers), answers
        while self.count() < self.counted:
            assert time.perf_counter() - started < PATIENCE, f"{self.count()} of {self.counted} after {PATIENCE} s"
            time.sleep(0.05)
        return time.perf_counter() - started


class Queue:
    """Messages are sent, received and deleted in batches."""

    def __init__(self, server):
        self.sqs = server.client("sqs")
        self.url = self.sqs.create_queue(QueueName="bench")["QueueUrl"]

    def send(self, numbers):
        entries = [{"Id": str(number), "MessageBody": f"message {number}"} for number in numbers]
        return "send_message_batch", {"QueueUrl": self.url, "Entries": entries}

    def receive(self):
        return "receive_message", {"QueueUrl": self.url, "MaxNumberOfMessages": BATCH}

    def delete(self, received):
        entries = [{"Id": str(at), "ReceiptHandle": it["ReceiptHandle"]} for at, it in enumerate(received)]
        return "delete_message_batch", {"QueueUrl": self.url, "Entries": entries}

    def seconds(self, messages):
        seconds, _ = send(signed(self.sqs, map(self.send, batches(range(messages)))), THREADS)
        left = messages
        while left:
            took, answers = send(signed(self.sqs, [self.receive()] * len(batches(range(left)))), THREADS)
            received = [messages for answer in answers if (messages := json.loads(answer).get("Messages"))]
            assert received, f"{left} messages are never received"
            deleting, _ = send(signed(self.sqs, map(self.delete, received)), THREADS)
            seconds += took + deleting
            left -= sum(map(len, received))
        return seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", type=pathlib.Path, required=True, help="the bin folder with ministack")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--messages", type=int, default=1000)
    options = parser.parse_args()
    tools = options.server.resolve()
    with tempfile.TemporaryDirectory(prefix="mafia-bench-") as folder, contextlib.ExitStack() as stack:
        folder = pathlib.Path(folder)
        servers = [stack.enter_context(server) for server in (Sandbox(folder), Ministack(folder, tools))]
        table.begin()
        for title, make in (("a topic to two functions", Topic), ("a queue, in batches of ten", Queue)):
            works = {server.name: make(server) for server in servers}
            times = {}
            for _ in range(options.rounds):
                for name, work in works.items():
                    times.setdefault(name, []).append(work.seconds(options.messages))
            show(f"{options.messages} messages through {title}", times)


if __name__ == "__main__":
    main()
