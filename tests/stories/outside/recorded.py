"""Reads requests as they came over the wire into an operation and its parameters, with botocore's
models of AWS's services, and says what AWS would refuse.

    recorded.py FILE

FILE has one JSON document a line, as the proxy of the stories records requests: `service` and
`operation`, `method`, `path` with its query, `headers`, and `body` in base64. Prints one JSON
document: `checked`, the number of requests, and `faults`, a list of texts.
"""

import base64
import functools
import json
import sys
import urllib.parse
import xml.etree.ElementTree

import regex
from botocore.loaders import Loader
from botocore.model import OperationNotFoundError, ServiceModel
from botocore.validate import ParamValidator


@functools.cache
def model(service):
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def read(request):
    """The model of the operation, and the parameters as boto3 takes them."""
    operation = model(request["service"]).operation_model(request["operation"])
    body = base64.b64decode(request["body"])
    protocol = operation.service_model.metadata["protocol"]
    if protocol == "query":
        return operation, from_form(operation.input_shape, body.decode())
    if protocol == "json":
        return operation, json.loads(body)
    return operation, from_rest(operation, request, body, is_xml=protocol == "rest-xml")


def from_form(shape, body):
    tree = {}
    for key, value in urllib.parse.parse_qsl(body, keep_blank_values=True):
        *path, last = key.split(".")
        node = tree
        for part in path:
            node = node.setdefault(part, {})
        node[last] = value
    del tree["Action"], tree["Version"]
    # An operation without parameters has no shape.
    return from_node(shape, tree) if shape else tree


def from_node(shape, node):
    if shape.type_name == "structure":
        names = {member.serialization.get("name", name): name for name, member in shape.members.items()}
        return {
            # An unknown name is kept, for the validator to complain about.
            names.get(key, key): from_node(shape.members[names[key]], value) if key in names else value
            for key, value in node.items()
        }
    if shape.type_name == "list":
        if node == "":
            return []
        items = node if shape.serialization.get("flattened") else node["member"]
        return [from_node(shape.member, items[number]) for number in sorted(items, key=int)]
    if shape.type_name == "map":
        entries = node if shape.serialization.get("flattened") else node["entry"]
        return {entry["key"]: from_node(shape.value, entry["value"]) for entry in entries.values()}
    return from_text(shape, node)


def from_text(shape, text):
    """A text that is no number where one belongs stays a text, for the validator to complain about."""
    try:
        if shape.type_name in ("integer", "long"):
            return int(text)
        if shape.type_name in ("float", "double"):
            return float(text)
    except ValueError:
        return text
    if shape.type_name == "boolean":
        return {"true": True, "false": False}.get(text, text)
    return text


def from_rest(operation, request, body, is_xml):
    shape = operation.input_shape
    path, _, query = request["path"].partition("?")
    path = path.rstrip("/") or "/"
    template, _, _ = operation.http["requestUri"].partition("?")
    query = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
    parameters = from_path(template, path)
    for name, member in shape.members.items():
        location, key = member.serialization.get("location"), member.serialization.get("name", name)
        if location == "uri":
            parameters[name] = parameters.pop(key)
        elif location == "querystring" and key in query:
            text = query[key]
            parameters[name] = [text] if member.type_name == "list" else from_text(member, text)
        elif location == "header" and key.lower() in request["headers"]:
            parameters[name] = from_text(member, request["headers"][key.lower()])
    payload = shape.serialization.get("payload")
    if payload and shape.members[payload].type_name == "blob":
        parameters[payload] = body
    elif body and is_xml:
        parameters[payload] = from_xml(shape.members[payload], xml.etree.ElementTree.fromstring(body))
    elif body:
        parameters.update(json.loads(body))
    return parameters


def from_path(template, path):
    parts = regex.split(r"\{(\w+)(\+?)\}", template)
    pattern = regex.escape(parts[0])
    for name, greedy, text in zip(parts[1::3], parts[2::3], parts[3::3]):
        pattern += f"(?P<{name}>{'.+' if greedy else '[^/]+'}){regex.escape(text)}"
    found = regex.fullmatch(pattern, path)
    assert found, f"{path} is no {template}"
    return {name: urllib.parse.unquote(value) for name, value in found.groupdict().items()}


def from_xml(shape, element):
    if shape.type_name == "structure":
        found = {}
        for name, member in shape.members.items():
            children = [
                child for child in element if child.tag.rpartition("}")[2] == key_of_xml(name, member)
            ]
            if children and member.type_name == "list":
                found[name] = [from_xml(member.member, child) for child in children]
            elif children:
                found[name] = from_xml(member, children[0])
        return found
    return from_text(shape, element.text or "")


def key_of_xml(name, member):
    if member.type_name == "list" and member.serialization.get("flattened"):
        return member.member.serialization.get("name") or member.serialization.get("name", name)
    return member.serialization.get("name", name)


def faults(operation, parameters):
    if operation.input_shape is None:
        if parameters:
            yield f"{operation.name} takes no parameters: {parameters}"
        return
    yield from filter(None, ParamValidator().validate(parameters, operation.input_shape).generate_report().split("\n"))
    yield from broken_rules(operation.input_shape, parameters, operation.name)


def broken_rules(shape, value, path):
    """What botocore's models say and its validator does not look at: values, lengths, patterns."""
    if shape.type_name == "structure" and isinstance(value, dict):
        for name, member in value.items():
            if name in shape.members:
                yield from broken_rules(shape.members[name], member, f"{path}.{name}")
    elif shape.type_name == "list" and isinstance(value, list):
        yield from beyond(shape, len(value), path, "items")
        for number, member in enumerate(value):
            yield from broken_rules(shape.member, member, f"{path}[{number}]")
    elif shape.type_name == "map" and isinstance(value, dict):
        for key, member in value.items():
            yield from broken_rules(shape.key, key, path)
            yield from broken_rules(shape.value, member, f"{path}.{key}")
    elif shape.type_name == "string" and isinstance(value, str):
        yield from beyond(shape, len(value), path, "characters")
        if shape.enum and value not in shape.enum:
            yield f"{path}: {value!r} is none of {shape.enum}"
        pattern = shape.metadata.get("pattern")
        if pattern and not regex.fullmatch(pattern, value):
            yield f"{path}: {value!r} does not match the pattern {pattern}"
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield from beyond(shape, value, path, "")


def beyond(shape, size, path, what):
    most = shape.metadata.get("max")
    if most is not None and size > most:
        yield f"{path}: {size} {what}, at most {most}"


def report(requests):
    found = []
    for request in requests:
        try:
            found.extend(faults(*read(request)))
        except OperationNotFoundError:
            found.append(f"{request['service']} has no operation {request['operation']}")
    return {"checked": len(requests), "faults": found}


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        json.dump(report([json.loads(line) for line in file]), sys.stdout)
