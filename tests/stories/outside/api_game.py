"""Plays a whole game through an API, with Python's requests, as any program on the web would.

    api_game.py ADDRESS

ADDRESS is that of the stage. Names under `localhost` are not found on every machine: the request goes to the
server itself, with the name in the header `Host`. Prints one JSON document: `rounds`, the last `lines`, and
`preflight`, the status and the headers of CORS that an OPTIONS request gets.
"""

import json
import os
import sys
import urllib.parse

import requests

PATHS = ("new-game", "game-state", "night-turn", "day-turn", "judgement")


def main(address):
    split = urllib.parse.urlsplit(address)
    base = os.environ["AWS_ENDPOINT_URL"] + split.path
    session = requests.Session()
    session.headers.update({"Host": split.netloc, "Origin": "http://page.example"})

    def get(path, **query):
        answer = session.get(f"{base}/{path}", params=query)
        assert answer.status_code == 200, (path, answer.status_code, answer.text)
        assert answer.headers["Access-Control-Allow-Origin"] == "*", answer.headers
        return answer.json()

    new = get("new-game")
    assert new["message"].startswith("New game started with "), new
    rounds, lines = 0, []
    for rounds in range(1, 20):
        lines = get("night-turn")["Message"]
        if lines[-1].startswith("Game over: "):
            break
        accusations = get("day-turn")["Message"]
        blamed = [line.split(" blames on ")[1] for line in accusations if " blames on " in line]
        lines = get("judgement", Name=blamed[0])["Message"]
        if lines[-1].startswith("Game over: "):
            break
    state = get("game-state")
    assert all(set(player) == {"Name", "Identity"} for player in state), state
    missing = session.get(f"{base}/judgement", params={"Name": "Nobody"})
    preflight = session.options(f"{base}/judgement")
    cors = {name.lower(): value for name, value in preflight.headers.items() if name.lower().startswith("access-control")}
    return {
        "rounds": rounds,
        "lines": lines,
        "missing": [missing.status_code, missing.json()],
        "preflight": [preflight.status_code, cors],
    }


if __name__ == "__main__":
    json.dump(main(sys.argv[1]), sys.stdout)
