"""The game's functions in another language: Python, with nothing but its standard library.

    other_game.py STACK STYLE [MISTAKE]

Puts the five functions into the stack with boto3, in a STYLE of answers: `plain`, `proxy` (always as for API
Gateway) or `spanish` (other texts, more fields, another order). MISTAKE is the one thing that they do wrong.
Prints `{}`.
"""

import io
import json
import pathlib
import sys
import zipfile

import boto3

FUNCTIONS = ["01-new-game", "02-game-state", "03-night-turn", "04-day-turn", "05-judgement"]

# Runs in each function: the Runtime API, DynamoDB with a signature of its own, and the game.
BOOTSTRAP = r'''#!PYTHON
import datetime, hashlib, hmac, json, os, random, urllib.request

STYLE, MISTAKE = "@STYLE@", "@MISTAKE@"
API = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/"
TABLE = os.environ["DYNAMO_TABLE"]
REGION = os.environ["AWS_REGION"]
ENDPOINT = os.environ.get("AWS_ENDPOINT_URL") or f"https://dynamodb.{REGION}.amazonaws.com"
HOST = ENDPOINT.split("//")[1].rstrip("/")
with open(os.environ["LAMBDA_TASK_ROOT"] + "/names.txt", encoding="utf-8") as file:
    NAMES = file.read().split()


class Refused(Exception):
    pass


def dynamodb(operation, **parameters):
    body = json.dumps({"TableName": TABLE, **parameters} if operation != "BatchWriteItem" else parameters)
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    headers = {
        "content-type": "application/x-amz-json-1.0",
        "host": HOST,
        "x-amz-date": now,
        "x-amz-target": "DynamoDB_20120810." + operation,
    }
    if os.environ.get("AWS_SESSION_TOKEN"):
        headers["x-amz-security-token"] = os.environ["AWS_SESSION_TOKEN"]
    digest = lambda text: hashlib.sha256(text.encode()).hexdigest()
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    request = "\n".join(["POST", "/", "", lines, names, digest(body)])
    scope = f"{now[:8]}/{REGION}/dynamodb/aws4_request"
    to_sign = "\n".join(["AWS4-HMAC-SHA256", now, scope, digest(request)])
    key = ("AWS4" + os.environ["AWS_SECRET_ACCESS_KEY"]).encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    credential = os.environ["AWS_ACCESS_KEY_ID"] + "/" + scope
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={signature}"
    )
    sent = urllib.request.Request(ENDPOINT + "/", data=body.encode(), headers=headers, method="POST")
    try:
        with urllib.request.urlopen(sent) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        text = error.read().decode()
        if "ConditionalCheckFailed" in text:
            raise Refused() from None
        raise RuntimeError(text) from None


def scan(**parameters):
    items, start = [], {}
    while True:
        page = dynamodb("Scan", **parameters, **start)
        items += [{name: value["S"] for name, value in item.items()} for item in page["Items"]]
        if "LastEvaluatedKey" not in page or MISTAKE == "first-page":
            return items
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def players():
    return scan(ConsistentRead=True)


def alive(player):
    return player["Identity"] == "Uncovered"


def change(player, identity, condition=True):
    parameters = {
        "Key": {"Name": {"S": player["Name"]}},
        "UpdateExpression": "SET #I = :new",
        "ExpressionAttributeNames": {"#I": "Identity"},
        "ExpressionAttributeValues": {":new": {"S": identity}},
    }
    if condition:
        parameters["ConditionExpression"] = "#I = :old"
        parameters["ExpressionAttributeValues"][":old"] = {"S": "Uncovered"}
    dynamodb("UpdateItem", **parameters)


def write(requests):
    while requests:
        answer = dynamodb("BatchWriteItem", RequestItems={TABLE: requests[:25]})
        requests = answer.get("UnprocessedItems", {}).get(TABLE, []) + requests[25:]


def says(*lines):
    if STYLE == "spanish":
        return {"Extra": {"lines": len(lines)}, "Message": "\n".join(lines)}
    return {"Message": list(lines)}


def word(english, spanish):
    return spanish if STYLE == "spanish" else english


def over(everybody):
    mafia = [it for it in everybody if it["TrueIdentity"] == "Mafia" and alive(it)]
    innocents = [it for it in everybody if it["TrueIdentity"] == "Innocent" and alive(it)]
    if MISTAKE == "dead-count":
        innocents = [it for it in everybody if it["TrueIdentity"] == "Innocent"]
    if MISTAKE == "never-ends":
        return None
    winner = None
    if not innocents or (MISTAKE == "parity" and len(mafia) >= len(innocents)):
        winner = "mafia"
    elif not mafia and MISTAKE != "only-mafia-wins":
        winner = "innocents"
    if winner and MISTAKE == "wrong-winner":
        winner = {"mafia": "innocents", "innocents": "mafia"}[winner]
    if winner == "mafia":
        return word("Game over: the mafia wins", "Fin: la mafia ha ganado")
    if winner == "innocents":
        return word("Game over: the innocents win", "Fin: los inocentes han ganado")
    return None


def new_game(event):
    number, mafia = int(os.environ["NUMBER_OF_PLAYERS"]), int(os.environ["NUMBER_OF_MAFIA"])
    chance = random.Random(7) if MISTAKE == "always-same" else random
    if MISTAKE == "one-too-few":
        number -= 1
    if MISTAKE == "mafia-too-many":
        mafia += 1
    names = chance.sample(NAMES, number)
    bad = names[:mafia] if MISTAKE == "mafia-first" else chance.sample(names, mafia)
    new = [
        {"Name": name, "TrueIdentity": "Mafia" if name in bad else "Innocent", "Identity": "Uncovered"}
        for name in names
    ]
    if MISTAKE == "same-name":
        new[1]["Name"] = new[0]["Name"]
        new[1]["TrueIdentity"] = new[0]["TrueIdentity"]
        new = new[1:]
    if MISTAKE == "one-is-dead":
        new[0]["Identity"] = "Killed by mafia"
    if MISTAKE == "odd-identity":
        new[0]["Identity"] = "alive"
    if MISTAKE == "strange-name":
        new[0]["Name"] = "X Æ A-12"
        names[0] = "X Æ A-12"
    old = [] if MISTAKE == "not-cleared" else [it["Name"] for it in players()]
    write([{"DeleteRequest": {"Key": {"Name": {"S": it}}}} for it in old if it not in names])
    write([{"PutRequest": {"Item": {name: {"S": value} for name, value in it.items()}}} for it in new])
    if MISTAKE == "tells-mafia":
        return {"message": ", ".join(names), "players": new}
    if MISTAKE == "names-others":
        names = random.sample(NAMES, number)
    names = list(names)
    random.shuffle(names) if MISTAKE not in ("mafia-first", "always-same") else None
    if STYLE == "spanish":
        return {"ok": True, "jugadores": names, "message": "Empieza el juego"}
    return {"message": "New game started with " + ", ".join(names)}


def game_state(event):
    index = {} if MISTAKE in ("leak", "extra-field") else {"IndexName": "Masked"}
    everybody = scan(**index)
    if MISTAKE == "extra-field":
        for it in everybody:
            it["Hint"] = it.pop("TrueIdentity")[0]
    if MISTAKE == "only-living":
        everybody = [it for it in everybody if alive(it)]
    if MISTAKE == "all-live":
        for it in everybody:
            it["Identity"] = "Uncovered"
    if MISTAKE == "no-list":
        return {"players": everybody}
    if STYLE == "spanish":
        return [{"Identity": it["Identity"], "Name": it["Name"]} for it in reversed(everybody)]
    return everybody


def night_turn(event):
    killed = []
    while True:
        everybody = players()
        end = over(everybody)
        if end:
            return says(end)
        victims = [it for it in everybody if it["TrueIdentity"] == "Innocent" and alive(it)]
        if MISTAKE == "kills-own":
            victims = [it for it in everybody if alive(it)]
        if MISTAKE == "kills-dead":
            victims = [it for it in everybody if it["TrueIdentity"] == "Innocent"]
        if MISTAKE == "nobody-dies":
            return says("Mafia kills " + victims[0]["Name"])
        if not victims:
            return says(word("Nobody is left to kill", "Nadie"))
        victims.sort(key=lambda it: it["Name"])
        victim = victims[0] if MISTAKE == "always-first" else random.choice(victims)
        try:
            change(victim, "Killed by mafia", condition=MISTAKE not in ("double-kill", "kills-dead"))
        except Refused:
            continue
        killed.append(victim)
        if MISTAKE == "two-die" and len(killed) < 2:
            continue
        break
    told = victim["Name"]
    if MISTAKE == "names-another":
        told = next(it["Name"] for it in everybody if alive(it) and it is not victim)
    if MISTAKE == "wrong-identity":
        change(victim, "Dead", condition=False)
    if MISTAKE == "drops-attribute":
        item = {"Name": {"S": victim["Name"]}, "Identity": {"S": "Killed by mafia"}}
        dynamodb("PutItem", Item=item)
    if MISTAKE == "sentences-another":
        other = next(it for it in everybody if alive(it) and it is not victim)
        change(other, "Incorrectly sentenced")
    ends = [it for it in [over(players())] if it]
    if MISTAKE == "silent-end":
        ends = []
    return says(word("Mafia kills ", "La noche se lleva a ") + told, *ends)


def day_turn(event):
    everybody = players()
    end = over(everybody)
    if end:
        return says(end)
    if MISTAKE == "day-kills":
        change(next(it for it in everybody if alive(it)), "Killed by mafia")
    living = [it for it in everybody if alive(it)]
    accusers = everybody if MISTAKE == "dead-blame" else living
    if MISTAKE == "last-is-silent":
        accusers = accusers[:-1]
    lines = []
    for accuser in sorted(accusers, key=lambda it: it["Name"]):
        anybody = everybody if MISTAKE == "blames-dead" else living
        others = [it for it in anybody if it is not accuser or MISTAKE == "blames-self"]
        if accuser["TrueIdentity"] == "Mafia" and MISTAKE != "mafia-blames-any":
            others = [it for it in others if it["TrueIdentity"] == "Innocent"]
        if not others:
            continue
        accused = others[0] if MISTAKE == "blames-first" else random.choice(others)
        one, other = accuser["Name"], accused["Name"]
        lines.append(word(f"{one} blames on {other}", f"A {other} le acusa {one}."))
    return says(word("Day, time to wake up!", "Es de día"), *lines)


def judgement(event):
    name = event.get("Name")
    if MISTAKE == "john":
        name = name or "John"
    if not isinstance(name, str) or not name.strip():
        if MISTAKE == "fails-without-name":
            raise KeyError("Name")
        return (400, says(word("Send a Name", "Falta el nombre")))
    if MISTAKE == "letters-only" and not name.isalpha():
        return (404, says("not found"))
    everybody = players()
    end = over(everybody)
    if end:
        return says(end)
    found = [it for it in everybody if it["Name"] == name and (alive(it) or MISTAKE == "sentences-dead")]
    missing = (200 if MISTAKE == "unknown-200" else 404, says(word("not found: ", "No existe: ") + name))
    if not found:
        return missing
    accused = found[0]
    is_mafia = accused["TrueIdentity"] == "Mafia"
    if MISTAKE == "wrong-way":
        is_mafia = not is_mafia
    if MISTAKE == "always-guilty":
        is_mafia = True
    verdict = "Correctly sentenced" if is_mafia else "Incorrectly sentenced"
    try:
        change(accused, verdict, condition=MISTAKE not in ("twice", "sentences-dead"))
    except Refused:
        return missing
    if MISTAKE == "sentences-two":
        other = next(it for it in everybody if alive(it) and it is not accused)
        change(other, "Incorrectly sentenced")
    ends = [it for it in [over(players())] if it]
    return says(word("The verdict is: ", "La sentencia: ") + verdict, *ends)


HANDLERS = {"new-game": new_game, "game-state": game_state, "night-turn": night_turn, "day-turn": day_turn}
NAME = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
HANDLER = next((work for name, work in HANDLERS.items() if NAME.endswith(name)), judgement)


def answer(event):
    through_api = isinstance(event, dict) and "httpMethod" in event
    payload = json.loads(event.get("body") or "{}") if through_api else event
    status, body = 200, HANDLER(payload or {})
    if isinstance(body, tuple):
        status, body = body
    if through_api and STYLE != "spanish" or STYLE == "proxy":
        return {"statusCode": status, "headers": {}, "body": json.dumps(body)}
    return body


def post(path, body):
    data = json.dumps(body, ensure_ascii=STYLE != "spanish").encode()
    urllib.request.urlopen(urllib.request.Request(API + path, data=data, method="POST")).read()


while True:
    with urllib.request.urlopen(API + "invocation/next") as call:
        id, event = call.headers["Lambda-Runtime-Aws-Request-Id"], json.load(call)
    try:
        result = answer(event)
    except Exception as error:
        post(f"invocation/{id}/error", {"errorType": type(error).__name__, "errorMessage": str(error)})
    else:
        post(f"invocation/{id}/response", result)
'''


def bundle(style, mistake):
    root = pathlib.Path(__file__).resolve().parents[3]
    source = BOOTSTRAP.replace("PYTHON", sys.executable).replace("@STYLE@", style).replace("@MISTAKE@", mistake)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, contents in {"bootstrap": source.encode(), "names.txt": (root / "names.txt").read_bytes()}.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o100755 << 16
            archive.writestr(entry, contents)
    return packed.getvalue()


stack, style, *mistakes = sys.argv[1:]
functions = boto3.client("lambda")
for function in FUNCTIONS:
    name = f"{stack}-{function}"
    functions.update_function_code(FunctionName=name, ZipFile=bundle(style, "".join(mistakes)))
    functions.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
print("{}")
