"""Every member of every request, by AWS's own models: taken, ignored for a reason, or refused by name."""

import pathlib
import re

from botocore.exceptions import ClientError

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent / "sandbox/src"
TABLES = {
    "apigateway": "apigateway/members.txt",
    "cloudformation": "cloudformation/members.txt",
    "cognito-idp": "cognito/members.txt",
    "dynamodb": "dynamodb/members.txt",
    "dynamodbstreams": "dynamodb/streams/members.txt",
    "events": "events/members.txt",
    "iam": "iam/members.txt",
    "lambda": "lambda/members.txt",
    "logs": "logs/members.txt",
    "scheduler": "scheduler/members.txt",
    "sns": "sns/members.txt",
    "sqs": "sqs/members.txt",
    "sts": "sts_members.txt",
}
S3 = "s3/members.txt"
# Any request can have them, to have its body checked.
BODY = {"x-amz-sdk-checksum-algorithm"} | {
    f"x-amz-checksum-{algorithm}" for algorithm in ("crc32", "crc32c", "crc64nvme", "sha1", "sha256")
}
# botocore makes a host of it, which is none of the sandbox's.
HOSTS = {("events", "PutEvents", "EndpointId")}
# In the body of the request or in its path, and not among the parameters.
PAYLOADS = {
    ("apigateway", "ImportRestApi", "body"),
    ("apigateway", "PutRestApi", "body"),
    ("lambda", "Invoke", "Payload"),
}


def table(service):
    """Of each operation the paths that are listed, with what the list says of each."""
    operations = {}
    for line in (SOURCE / TABLES.get(service, S3)).read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        if not line.startswith(" "):
            paths = operations[line] = {}
        elif found := re.fullmatch(r" +(\S+?)(?:\.\.\.)? (=|only|ignored:) (.+)", line):
            path, kind, rest = found.groups()
            paths[path] = kind if kind == "ignored:" else (kind, rest.split(" | "))
        else:
            for path in filter(None, (word.strip() for word in line.split(","))):
                paths[path.removesuffix("...")] = "whole" if path.endswith("...") else "taken"
    return operations


def members(shape, path="", above=()):
    """The paths of the shape's members, with their shapes; what contains itself once."""
    if shape.name in above:
        return
    above = (*above, shape.name)
    if shape.type_name == "list":
        yield from members(shape.member, path, above)
    elif shape.type_name == "map":
        yield from members(shape.value, f"{path}.*", above)
    elif shape.type_name == "structure":
        for name, member in shape.members.items():
            inner = f"{path}.{name}".lstrip(".")
            yield inner, member
            yield from members(member, inner, above)


def enum_of(shape):
    while shape.type_name == "list":
        shape = shape.member
    return list(getattr(shape, "enum", []))


def value(shape, depth=0):
    """Some value of the shape that is not empty."""
    if shape.type_name == "structure":
        filled = {} if depth > 3 else {n: value(m, depth + 1) for n, m in shape.members.items()}
        return dict(list(filled.items())[:1])
    if shape.type_name == "list":
        return [value(shape.member, depth + 1)]
    if shape.type_name == "map":
        return {"key": value(shape.value, depth + 1)}
    if enum_of(shape):
        return enum_of(shape)[0]
    simple = {"boolean": True, "blob": b"x", "timestamp": 0, "string": "x/y"}
    return simple.get(shape.type_name, 1)


def other_than(values, shape):
    """A value of the shape that is not among these."""
    if shape.type_name == "list":
        return [other_than(values, shape.member)]
    if shape.type_name == "boolean":
        return values != ["true"]
    return "x" if shape.type_name == "string" else 1


def request_with(shape, path, wanted):
    """The parameters that hold this value at the path, and nothing else."""
    if not path:
        return wanted
    if shape.type_name == "list":
        return [request_with(shape.member, path, wanted)]
    name, rest = path[0], path[1:]
    if shape.type_name == "map":
        return {"key": request_with(shape.value, rest, wanted)}
    return {name: request_with(shape.members[name], rest, wanted)}


def is_listed(path, paths):
    above = path
    while above:
        if paths.get(above) in ("whole", "ignored:") or (above == path and path in paths):
            return True
        above = above.rpartition(".")[0]
    return any(listed.startswith(f"{path}.") for listed in paths)


def headers(model, operation):
    """The members of an S3 operation that are headers of AWS, by the header's name."""
    members_ = model.operation_model(operation).input_shape.members
    located = {name: member.serialization for name, member in members_.items()}
    return {
        place["name"].lower(): name
        for name, place in located.items()
        if place.get("location") == "header" and place["name"].startswith("x-amz-")
    }


def test_every_header_of_s3_is_taken_or_refused(clients):
    client = clients.client("s3", config={"parameter_validation": False})
    model, counts = client.meta.service_model, {"taken": 0, "refused": 0}
    for operation, listed in table("s3").items():
        known = headers(model, operation)
        assert not set(listed) - set(known), (operation, set(listed) - set(known))
        shape = model.operation_model(operation).input_shape
        for header, name in known.items():
            wanted = value(shape.members[name])
            if isinstance(listed.get(header), tuple):
                wanted = listed[header][1][0]
            parameters = complete(client, operation, {name: wanted})
            parameters.update({"Bucket": clients.name("none"), "Key": "key"} if "Bucket" in shape.members else {})
            parameters = {key: given for key, given in parameters.items() if key in shape.members}
            answer = outcome(client, operation, parameters)
            if header in listed or header in BODY:
                assert answer != 501, f"{operation} {header}: {answer}"
                counts["taken"] += 1
            else:
                assert answer in (400, 501), f"{operation} takes {header}: {answer}"
                counts["refused"] += 1
    assert min(counts.values()) > 20, counts


def outcome(client, operation, parameters):
    """The status of the answer."""
    try:
        answer = client._make_api_call(operation, parameters)
    except ClientError as error:
        answer = error.response
    return answer["ResponseMetadata"]["HTTPStatusCode"]


def test_the_tables_name_what_aws_has(clients):
    for service in TABLES:
        model = clients.client(service).meta.service_model
        for operation, paths in table(service).items():
            shape = model.operation_model(operation).input_shape
            known = dict(members(shape)) if shape else {}
            strange = [path for path in paths if path not in known]
            assert not strange, f"{service} {operation} has no members {strange}"
            for path, listed in paths.items():
                if isinstance(listed, tuple) and listed[0] == "=":
                    expected = enum_of(known[path])
                    assert sorted(listed[1]) == sorted(expected), f"{operation} {path}: {expected}"


def test_every_member_is_taken_or_refused_by_name(clients):
    counts = dict.fromkeys(("taken", "refused"), 0)
    for service in TABLES:
        client = clients.client(service, config={"parameter_validation": False})
        model = client.meta.service_model
        for operation, paths in table(service).items():
            shape = model.operation_model(operation).input_shape
            for path, member in members(shape) if shape else ():
                if (service, operation, path) in PAYLOADS | HOSTS:
                    continue
                listed = is_listed(path, paths)
                kind = paths.get(path)
                wanted = value(member)
                if isinstance(kind, tuple):
                    wanted = other_than(kind[1], member)
                elif listed and member.type_name in ("structure", "list", "map"):
                    continue
                refused = refusal(client, operation, request_with(shape, path.split("."), wanted))
                if isinstance(kind, tuple):
                    assert refused, f"{service} {operation} takes {path}={wanted}"
                elif listed:
                    assert not refused, f"{service} {operation} {path}: {refused}"
                else:
                    assert names(refused, path), f"{service} {operation} {path}: {refused}"
                counts["refused" if refused else "taken"] += 1
    assert min(counts.values()) > 100, counts


def names(refused, path):
    """Whether it is this member that the error refuses, or one that holds it."""
    found = re.search(r"does not support ([\w.]+) of ", refused or "")
    return found and f"{path}.".replace("*", "key").startswith(f"{found.group(1)}.")


def refusal(client, operation, parameters):
    """What the error says, if it is about a member that is not taken."""
    try:
        client._make_api_call(operation, complete(client, operation, parameters))
    except ClientError as error:
        message = error.response["Error"]["Message"]
        about = "the sandbox does not support" in message or "enum value set" in message
        return message if about else None
    return None


def complete(client, operation, parameters):
    """With what the path of the request and botocore's rules for endpoints need."""
    empty = {"list": [], "map": {}}
    shape = client.meta.service_model.operation_model(operation).input_shape
    for name, member in shape.members.items():
        outside = member.serialization.get("location") in ("uri", "querystring", "header")
        if outside and name in shape.required_members:
            parameters.setdefault(name, value(member))
        elif name in shape.required_members and member.type_name in empty:
            parameters.setdefault(name, empty[member.type_name])
    return parameters
