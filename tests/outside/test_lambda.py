"""Lambda, through boto3: operations, and all that a function can do to whoever calls it."""

import base64
import concurrent.futures
import hashlib
import json
import os
import socket
import time

import bundles

PATIENCE = 60
ROLE = "arn:aws:iam::000000000000:role/anybody"


def created(clients, bundle, **settings):
    name = settings.pop("FunctionName", clients.name("outside"))
    clients.lambda_.create_function(
        FunctionName=name,
        Runtime="provided.al2023",
        Handler="bootstrap",
        Code={"ZipFile": bundle},
        **{"Role": ROLE, "Timeout": 10, **settings},
    )
    clients.lambda_.get_waiter("function_active_v2").wait(FunctionName=name)
    return name


def called(clients, name, event=None, **settings):
    """The answer, its payload read as JSON."""
    answer = clients.lambda_.invoke(FunctionName=name, Payload=json.dumps(event), LogType="Tail", **settings)
    payload = answer["Payload"].read()
    answer["Payload"] = json.loads(payload) if payload else None
    answer["Log"] = base64.b64decode(answer.get("LogResult", "")).decode()
    return answer


def messages(clients, group):
    pages = clients.logs.get_paginator("filter_log_events").paginate(logGroupName=group)
    return [event["message"].rstrip("\n") for page in pages for event in page["events"]]


def refused(error, call, **parameters):
    try:
        call(**parameters)
    except error as refusal:
        return refusal.response["Error"]["Message"]
    raise AssertionError(f"{call.__name__} {parameters} was not refused")


def test_a_function_is_made_changed_called_and_deleted(clients):
    lambda_ = clients.lambda_
    name = created(clients, bundles.ECHO, Description="echo", MemorySize=256, Environment={"Variables": {"AA": "1"}})
    configuration = lambda_.get_function_configuration(FunctionName=name)
    assert configuration["MemorySize"] == 256 and configuration["State"] == "Active", configuration
    assert configuration["CodeSha256"] == base64.b64encode(hashlib.sha256(bundles.ECHO).digest()).decode()
    assert configuration["CodeSize"] == len(bundles.ECHO)
    by_arn = lambda_.get_function(FunctionName=configuration["FunctionArn"])
    assert by_arn["Configuration"]["FunctionName"] == name
    pages = lambda_.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 1})
    assert name in [function["FunctionName"] for page in pages for function in page["Functions"]]

    assert called(clients, name, {"a": ["ł", 1]})["Payload"] == {"a": ["ł", 1]}
    new = bundles.python("answer = os.environ['AA'] + os.environ['BB']")
    updated = lambda_.update_function_code(FunctionName=name, ZipFile=new, RevisionId=configuration["RevisionId"])
    assert updated["RevisionId"] != configuration["RevisionId"]
    lambda_.get_waiter("function_updated_v2").wait(FunctionName=name)
    stale = dict(FunctionName=name, ZipFile=bundles.ECHO, RevisionId=configuration["RevisionId"])
    refused(lambda_.exceptions.PreconditionFailedException, lambda_.update_function_code, **stale)
    lambda_.update_function_configuration(FunctionName=name, Environment={"Variables": {"AA": "x", "BB": "y"}})
    assert called(clients, name)["Payload"] == "xy", "new code and new variables at once"

    lambda_.delete_function(FunctionName=name)
    missing = lambda_.exceptions.ResourceNotFoundException
    assert name in refused(missing, lambda_.get_function, FunctionName=name)
    refused(missing, lambda_.invoke, FunctionName=name)
    refused(missing, lambda_.delete_function, FunctionName=name)


def test_versions_stay_as_they_were_published(clients):
    lambda_ = clients.lambda_
    version = bundles.python("answer = [os.environ['AWS_LAMBDA_FUNCTION_VERSION'], os.environ['AA']]")
    name = created(clients, version, Publish=True, Environment={"Variables": {"AA": "1"}})
    lambda_.update_function_configuration(FunctionName=name, Environment={"Variables": {"AA": "2"}})
    published = lambda_.publish_version(FunctionName=name, Description="second")
    assert published["Version"] == "2" and published["FunctionArn"].endswith(f":{name}:2"), published
    assert lambda_.publish_version(FunctionName=name)["Version"] == "2"
    lambda_.update_function_configuration(FunctionName=name, Environment={"Variables": {"AA": "3"}})
    for qualifier, value in (("1", "1"), ("2", "2"), ("$LATEST", "3"), ("1", "1")):
        answer = called(clients, name, Qualifier=qualifier)
        assert answer["Payload"] == [qualifier, value] and answer["ExecutedVersion"] == qualifier, answer
    pages = lambda_.get_paginator("list_versions_by_function").paginate(
        FunctionName=name, PaginationConfig={"PageSize": 2}
    )
    listed = [version["Version"] for page in pages for version in page["Versions"]]
    assert listed == ["$LATEST", "1", "2"], listed
    lambda_.delete_function(FunctionName=name, Qualifier="1")
    missing = lambda_.exceptions.ResourceNotFoundException
    refused(missing, lambda_.invoke, FunctionName=name, Qualifier="1")
    refused(missing, lambda_.get_function, FunctionName=name, Qualifier="live")
    lambda_.delete_function(FunctionName=name)
    refused(missing, lambda_.get_function, FunctionName=name, Qualifier="2")


def test_bad_functions_are_refused_by_name(clients):
    lambda_, wrong = clients.lambda_, clients.lambda_.exceptions.InvalidParameterValueException
    good = dict(
        FunctionName=clients.name("bad"),
        Runtime="provided.al2023",
        Handler="bootstrap",
        Role=ROLE,
        Code={"ZipFile": bundles.ECHO},
    )
    assert "zip" in refused(wrong, lambda_.create_function, **{**good, "Code": {"ZipFile": b"no zip"}}).lower()
    assert "python3.13" in refused(wrong, lambda_.create_function, **{**good, "Runtime": "python3.13"})
    refused(wrong, lambda_.create_function, **{**good, "Environment": {"Variables": {"AWS_REGION": "x"}}})
    refused(wrong, lambda_.create_function, **{**good, "Code": {"S3Bucket": "no-such-bucket-here", "S3Key": "k"}})
    lambda_.create_function(**good)
    assert "exist" in refused(lambda_.exceptions.ResourceConflictException, lambda_.create_function, **good)
    lambda_.delete_function(FunctionName=good["FunctionName"])


def test_calls_have_a_log_with_real_figures(clients):
    name = created(clients, bundles.python("print('seen', event, flush=True); time.sleep(0.05); answer = 1"))
    answer = called(clients, name, "this")
    assert answer["ExecutedVersion"] == "$LATEST" and answer["StatusCode"] == 200
    lines = answer["Log"].splitlines()
    request = answer["ResponseMetadata"]["RequestId"]
    assert lines[0] == f"START RequestId: {request} Version: $LATEST", lines
    assert lines[1:3] == ["seen this", f"END RequestId: {request}"], lines
    figures = dict(part.split(": ", 1) for part in lines[3].split("\t") if ": " in part)
    assert 50 <= float(figures["Duration"].split()[0]) < 5000, figures
    assert figures["Memory Size"] == "128 MB" and int(figures["Max Memory Used"].split()[0]) > 1, figures
    assert "Init Duration" in figures and "Init Duration" not in called(clients, name)["Log"]
    logged = messages(clients, f"/aws/lambda/{name}")
    assert "seen this" in logged and any(line.startswith("REPORT ") for line in logged), logged
    clients.lambda_.delete_function(FunctionName=name)


def test_errors_of_functions_arrive_as_on_aws(clients):
    failing = bundles.python(
        """
        body = json.dumps({"errorType": "TableMissing", "errorMessage": "no table"}).encode()
        post(f"invocation/{call}/error", body, {"Lambda-Runtime-Function-Error-Type": "TableMissing"})
        continue
        """
    )
    name = created(clients, failing)
    answer = called(clients, name)
    assert answer["StatusCode"] == 200 and answer["FunctionError"] == "Unhandled", answer
    assert answer["Payload"] == {"errorType": "TableMissing", "errorMessage": "no table"}

    for code, error, part in [
        (bundles.python("sys.exit(3)"), "Runtime.ExitError", "exit status 3"),
        (bundles.python("os.kill(os.getpid(), 9)"), "Runtime.ExitError", "signal: killed"),
        (bundles.python("", start="sys.exit(1)"), "Runtime.ExitError", "exit status 1"),
        (bundles.zipped({"readme": b"no program"}), "Runtime.InvalidEntrypoint", "bootstrap"),
        (bundles.zipped({"bootstrap": b"#!/bin/sh\n"}, mode=0o644), "Runtime.InvalidEntrypoint", "bootstrap"),
    ]:
        clients.lambda_.update_function_code(FunctionName=name, ZipFile=code)
        answer = called(clients, name)
        assert answer["FunctionError"] == "Unhandled", answer
        assert answer["Payload"]["errorType"] == error and part in answer["Payload"]["errorMessage"], answer
    init = """
        post("init/error", b'{"errorType": "BadSettings", "errorMessage": "no settings"}')
        sys.exit(1)
        """
    clients.lambda_.update_function_code(FunctionName=name, ZipFile=bundles.python("", start=init))
    assert called(clients, name)["Payload"]["errorType"] == "BadSettings"
    clients.lambda_.update_function_code(FunctionName=name, ZipFile=bundles.ECHO)
    assert called(clients, name, 1)["Payload"] == 1, "good again"
    clients.lambda_.delete_function(FunctionName=name)


def test_a_timeout_ends_the_function_and_what_it_started(clients):
    hanging = bundles.python(
        """
        if event != "hang":
            answer = 1
        else:
            child = subprocess.Popen(["sleep", "600"])
            print("children", os.getpid(), child.pid, flush=True)
            time.sleep(600)
        """
    )
    name = created(clients, hanging, Timeout=1)
    answer = called(clients, name, "hang")
    assert answer["FunctionError"] == "Unhandled" and answer["Payload"]["errorType"] == "Sandbox.Timedout", answer
    assert answer["Payload"]["errorMessage"].endswith("Task timed out after 1.00 seconds"), answer
    assert "Task timed out after 1.00 seconds" in answer["Log"]
    line = next(line for line in answer["Log"].splitlines() if line.startswith("children"))
    for process in line.split()[1:]:
        deadline = time.monotonic() + 5
        while alive(int(process)):
            assert time.monotonic() < deadline, f"process {process} is still there"
            time.sleep(0.02)
    assert called(clients, name)["Payload"] == 1, "the next call has a new environment"
    clients.lambda_.delete_function(FunctionName=name)


def alive(process):
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_environments_are_clean_reused_and_scaled_out(clients):
    name = created(clients, bundles.python("time.sleep(event); answer = [os.getpid(), dict(os.environ), os.getcwd()]"))
    first, variables, folder = called(clients, name, 0)["Payload"]
    assert called(clients, name, 0)["Payload"][0] == first, "warm"
    assert variables["AWS_LAMBDA_FUNCTION_NAME"] == name and variables["_HANDLER"] == "bootstrap"
    assert variables["LAMBDA_TASK_ROOT"] == folder and variables["AWS_REGION"] == "us-east-1"
    assert variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "128"
    assert variables["AWS_ACCESS_KEY_ID"] != os.environ["AWS_ACCESS_KEY_ID"] and variables["AWS_SESSION_TOKEN"]
    assert not {"HOME_OF_TESTS", "CARGO_HOME", "MAFIA_STATE_DIR", "AWS_PROFILE"} & set(variables), variables
    assert "SHLVL" not in variables and "USER" not in variables, variables
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        at_once = list(pool.map(lambda _: called(clients, name, 0.5)["Payload"][0], range(8)))
    assert len(set(at_once)) == 8, "one environment for each call at the same time"
    clients.lambda_.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    throttled = clients.lambda_.exceptions.TooManyRequestsException
    refused(throttled, clients.lambda_.invoke, FunctionName=name, Payload="0")
    clients.lambda_.delete_function(FunctionName=name)


def test_new_code_cuts_no_call_off(clients):
    # Says that it runs, and then waits for a word.
    old = bundles.python("socket.create_connection(event).recv(1); answer = 'old'", "import socket")
    name = created(clients, old, Timeout=60)
    with socket.create_server(("127.0.0.1", 0)) as server, concurrent.futures.ThreadPoolExecutor(1) as pool:
        server.settimeout(PATIENCE)
        under_way = pool.submit(called, clients, name, server.getsockname())
        connection, _ = server.accept()
        clients.lambda_.update_function_code(FunctionName=name, ZipFile=bundles.python("answer = 'new'"))
        assert called(clients, name)["Payload"] == "new"
        connection.send(b"!")
        assert under_way.result()["Payload"] == "old"
    clients.lambda_.delete_function(FunctionName=name)


def test_events_and_dry_runs(clients):
    name = created(clients, bundles.python("print('got', event, flush=True); answer = 1"))
    lambda_ = clients.lambda_
    assert lambda_.invoke(FunctionName=name, InvocationType="DryRun")["StatusCode"] == 204
    assert lambda_.invoke(FunctionName=name, InvocationType="Event", Payload='"it"')["StatusCode"] == 202
    deadline = time.monotonic() + 10
    while True:
        try:
            if "got it" in messages(clients, f"/aws/lambda/{name}"):
                break
        except clients.logs.exceptions.ResourceNotFoundException:
            pass
        assert time.monotonic() < deadline, "the event has not arrived"
        time.sleep(0.05)
    lambda_.delete_function(FunctionName=name)


def test_payloads_have_limits(clients):
    name = created(clients, bundles.python("answer = 'x' * event if isinstance(event, int) else len(event)"), MemorySize=512)
    assert called(clients, name, "x" * 5_000_000)["Payload"] == 5_000_000
    too_large = clients.lambda_.exceptions.RequestTooLargeException
    refused(too_large, clients.lambda_.invoke, FunctionName=name, Payload=json.dumps("x" * 7_000_000))
    assert len(called(clients, name, 5_000_000)["Payload"]) == 5_000_000
    answer = called(clients, name, 7_000_000)
    assert answer["Payload"]["errorType"] == "Function.ResponseSizeTooLarge", answer["Payload"]
    bad_json = clients.lambda_.exceptions.InvalidRequestContentException
    refused(bad_json, clients.lambda_.invoke, FunctionName=name, Payload="{no json")
    clients.lambda_.delete_function(FunctionName=name)


def test_a_function_has_keys_of_its_own_and_no_other_functions_calls(clients):
    who = bundles.python(
        """
        def status(path):
            try:
                return urllib.request.urlopen(path, timeout=2).status
            except urllib.error.HTTPError as error:
                return error.code
            except OSError as error:
                return type(error).__name__
        host = os.environ["AWS_LAMBDA_RUNTIME_API"].split("/")[0]
        answer = {"api": os.environ["AWS_LAMBDA_RUNTIME_API"], "tried": [status(path) for path in event or []]}
        """
    )
    one, other = created(clients, who), created(clients, who)
    api = called(clients, one)["Payload"]["api"]
    host, _, secret = api.partition("/")
    assert called(clients, other)["Payload"]["api"] != api
    guesses = [
        f"http://{host}/2018-06-01/runtime/invocation/next",
        f"http://{host}/{secret[:-1]}x/2018-06-01/runtime/invocation/next",
        f"http://{host}/_runtime//2018-06-01/runtime/invocation/next",
    ]
    tried = called(clients, other, guesses)["Payload"]["tried"]
    assert all(isinstance(code, int) and 400 <= code < 500 for code in tried), tried
    for name in (one, other):
        clients.lambda_.delete_function(FunctionName=name)


def test_the_games_own_functions_work(clients):
    name = created(clients, bundles.game("judgement"), Environment={"Variables": {"DYNAMO_TABLE": "no-such-table"}})
    answer = called(clients, name, {"Name": "Ann"})
    assert answer["FunctionError"] == "Unhandled", answer
    assert "no-such-table" in json.dumps(answer["Payload"]) + answer["Log"], answer
    clients.lambda_.delete_function(FunctionName=name)
