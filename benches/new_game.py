"""new-game in Python, for the comparison of cold starts: the same job as labs/game/src/bin/new-game.rs."""

import os
import pathlib
import random

import boto3

ROOT = pathlib.Path(__file__).parent
TABLE = boto3.resource("dynamodb").Table(os.environ["DYNAMO_TABLE"])


def handler(_event, _context):
    players, mafia = int(os.environ["NUMBER_OF_PLAYERS"]), int(os.environ["NUMBER_OF_MAFIA"])
    names = random.sample((ROOT / "names.txt").read_text().split(), players)
    sides = ["Mafia"] * mafia + ["Innocent"] * (players - mafia)
    random.shuffle(sides)
    everybody = TABLE.scan(ConsistentRead=True)["Items"]
    with TABLE.batch_writer() as batch:
        for name, side in zip(names, sides, strict=True):
            batch.put_item({"Name": name, "TrueIdentity": side, "Identity": "Uncovered"})
        for old in everybody:
            if old["Name"] not in names:
                batch.delete_item(Key={"Name": old["Name"]})
    found = TABLE.scan(ConsistentRead=True)["Items"]
    assert len(found) == players
    return {"message": f"New game started with {', '.join(names)}"}
