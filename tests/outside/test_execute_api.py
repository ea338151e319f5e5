"""The stages of REST APIs, as clients of HTTP see them."""

import base64
import http.client
import json
import os
import socket
import threading
import urllib.parse

import bundles
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from test_lambda import created
from test_permissions import User, allow, document

# A function that returns the event that it gets, or what the body says.
ECHO = bundles.python(
    """
body = event.get("body") if isinstance(event, dict) else None
try:
    asked = json.loads(body or "null")
except ValueError:
    asked = None
if isinstance(asked, dict) and "raw" in asked:
    answer = asked["raw"]
elif isinstance(asked, dict) and "sleep" in asked:
    time.sleep(asked["sleep"])
    answer = {"statusCode": 200}
elif isinstance(asked, dict) and "answer" in asked:
    answer = asked["answer"]
else:
    answer = {"statusCode": 200, "body": json.dumps(event)}
"""
)


OWNER = {"AccessKeyId": os.environ["AWS_ACCESS_KEY_ID"], "SecretAccessKey": os.environ["AWS_SECRET_ACCESS_KEY"]}


def call(clients, api, method, path, body=None, headers=(), host=None):
    """Status, headers by small names, and the body as bytes."""
    split = urllib.parse.urlsplit(clients.endpoint)
    connection = http.client.HTTPConnection(split.hostname, split.port, timeout=60)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    connection.putheader("Host", host or f"{api}.execute-api.localhost:{split.port}")
    for name, value in list(headers):
        connection.putheader(name, value)
    if body is not None:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    answer = connection.getresponse()
    found = (answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    connection.close()
    return found


def uri(name):
    arn = f"arn:aws:lambda:us-east-1:000000000000:function:{name}"
    return f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"


def permit(clients, name, api):
    clients.lambda_.add_permission(
        FunctionName=name,
        StatementId=api,
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=f"arn:aws:execute-api:us-east-1:000000000000:{api}/*",
    )


class Api:
    """An API with a function behind `/{proxy+}` and `/pets/{id}`, in the stage `prod`."""

    def __init__(self, clients, permitted=True, **settings):
        self.clients, self.gateway = clients, clients.apigateway
        made = self.gateway.create_rest_api(name="play", binaryMediaTypes=["image/*"])
        self.id, self.root = made["id"], made["rootResourceId"]
        self.function = created(clients, ECHO, **settings)
        pets = self.resource(self.root, "pets")
        self.pet = self.resource(pets, "{id}")
        self.rest = self.resource(self.root, "{proxy+}")
        self.proxy(self.pet, "GET")
        self.proxy(self.rest, "ANY")
        if permitted:
            permit(clients, self.function, self.id)
        self.deploy(variables={"color": "blue"})

    def resource(self, parent, part):
        return self.gateway.create_resource(restApiId=self.id, parentId=parent, pathPart=part)["id"]

    def at(self, resource, method):
        return dict(restApiId=self.id, resourceId=resource, httpMethod=method)

    def proxy(self, resource, method, **settings):
        at = self.at(resource, method)
        self.gateway.put_method(**at, authorizationType="NONE")
        self.gateway.put_integration(
            **at, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri(self.function), **settings
        )

    def custom(self, resource, method, kind="AWS", template=None, responses=(), **settings):
        """A custom integration; each response is (status, pattern, template, headers)."""
        at = self.at(resource, method)
        self.gateway.put_method(**at, authorizationType="NONE")
        if kind == "AWS":
            settings.update(integrationHttpMethod="POST", uri=uri(self.function))
        if template is not None:
            settings["requestTemplates"] = {"application/json": template}
        self.gateway.put_integration(**at, type=kind, **settings)
        for status, pattern, text, headers in responses:
            names = {f"method.response.header.{name}": True for name in headers}
            self.gateway.put_method_response(**at, statusCode=status, responseParameters=names)
            values = {f"method.response.header.{name}": value for name, value in headers.items()}
            templates = {} if text is None else {"application/json": text}
            self.gateway.put_integration_response(
                **at, statusCode=status, selectionPattern=pattern, responseTemplates=templates, responseParameters=values
            )

    def deploy(self, **settings):
        return self.gateway.create_deployment(restApiId=self.id, stageName="prod", **settings)["id"]

    def call(self, method, path, body=None, headers=(), **more):
        return call(self.clients, self.id, method, path, body, headers, **more)

    def event(self, method, path, body=None, headers=()):
        status, _, answer = self.call(method, path, body, headers)
        assert status == 200, (status, answer)
        return json.loads(answer)

    def close(self):
        self.gateway.delete_rest_api(restApiId=self.id)
        self.clients.lambda_.delete_function(FunctionName=self.function)


IDENTITY = {
    "cognitoIdentityPoolId", "accountId", "cognitoIdentityId", "caller", "sourceIp", "principalOrgId", "accessKey",
    "cognitoAuthenticationType", "cognitoAuthenticationProvider", "userArn", "userAgent", "user",
}
CONTEXT = {
    "resourceId", "resourcePath", "httpMethod", "extendedRequestId", "requestTime", "path", "accountId", "protocol",
    "stage", "domainPrefix", "requestTimeEpoch", "requestId", "identity", "domainName", "deploymentId", "apiId",
}


def test_a_function_gets_the_documented_event(clients):
    api = Api(clients)
    event = api.event("GET", "/prod/pets/a%20b?x=1&x=2&y=%C3%A9", headers=[("User-Agent", "me"), ("X-A", "1"), ("X-A", "2")])
    assert set(event) == {
        "resource", "path", "httpMethod", "headers", "multiValueHeaders", "queryStringParameters",
        "multiValueQueryStringParameters", "pathParameters", "stageVariables", "requestContext", "body",
        "isBase64Encoded",
    }, event
    assert event["resource"] == "/pets/{id}" and event["path"] == "/pets/a b", event
    assert event["pathParameters"] == {"id": "a b"}
    assert event["queryStringParameters"] == {"x": "2", "y": "é"}
    assert event["multiValueQueryStringParameters"] == {"x": ["1", "2"], "y": ["é"]}
    assert event["headers"]["X-A"] == "2" and event["multiValueHeaders"]["X-A"] == ["1", "2"]
    assert event["headers"]["X-Forwarded-For"] == "127.0.0.1" and event["headers"]["X-Forwarded-Proto"] == "http"
    assert event["stageVariables"] == {"color": "blue"}
    assert event["body"] is None and event["isBase64Encoded"] is False
    context = event["requestContext"]
    assert set(context) == CONTEXT and set(context["identity"]) == IDENTITY, context
    assert context["path"] == "/prod/pets/a b" and context["resourcePath"] == "/pets/{id}", context
    assert context["stage"] == "prod" and context["apiId"] == api.id and context["domainPrefix"] == api.id
    assert context["domainName"] == f"{api.id}.execute-api.localhost"
    assert context["identity"]["userAgent"] == "me" and context["accountId"] == "000000000000"

    event = api.event("POST", "/prod/anything/else/", b'{"a": "\xc3\xa9"}', [("Content-Type", "application/json")])
    assert event["resource"] == "/{proxy+}" and event["httpMethod"] == "POST", event
    assert event["body"] == '{"a": "é"}' and event["isBase64Encoded"] is False
    assert event["queryStringParameters"] is None and event["multiValueQueryStringParameters"] is None
    assert event["pathParameters"] == {"proxy": "anything/else"}
    event = api.event("PUT", "/prod/image", b"\xff\x00", [("Content-Type", "image/png")])
    assert event["isBase64Encoded"] is True and base64.b64decode(event["body"]) == b"\xff\x00", event
    api.close()


def test_the_answer_of_a_function_is_passed_on_or_malformed(clients):
    api = Api(clients)

    def answered(answer, headers=(), kind="answer"):
        return api.call("POST", "/prod/x", json.dumps({kind: answer}).encode(), headers)

    status, headers, body = answered(
        {"statusCode": 201, "headers": {"X-One": "1", "Content-Type": "text/plain"},
         "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]}, "body": "made"}
    )
    assert (status, body) == (201, b"made") and headers["x-one"] == "1", (status, headers, body)
    assert headers["content-type"] == "text/plain" and "set-cookie" in headers
    for name in ("x-amzn-requestid", "x-amz-apigw-id", "x-amzn-trace-id"):
        assert headers[name], name
    status, headers, body = answered({})
    assert (status, body, headers["content-type"]) == (200, b"", "application/json"), (status, headers, body)
    image = {"body": base64.b64encode(b"\xff").decode(), "isBase64Encoded": True}
    assert answered(image, [("Accept", "image/png")])[2] == b"\xff"
    assert answered(image)[2] == b"/w=="
    smuggled = {"headers": {"Content-Length": "9999", "Transfer-Encoding": "chunked", "Connection": "x"}, "body": "ok"}
    assert answered(smuggled)[2] == b"ok"
    for malformed in ("Hello", None, [], {"statusCode": 200, "game": 1}, {"body": {}}, {"headers": {"a": "b\r\nc: d"}}):
        status, headers, body = answered(malformed, kind="raw")
        assert (status, body) == (502, b'{"message": "Internal server error"}'), (malformed, status, body)
        assert headers["x-amzn-errortype"] == "InternalServerErrorException", headers
    api.close()


def test_what_is_not_there_or_not_allowed_is_refused_as_on_aws(clients):
    api = Api(clients, permitted=False)
    internal = b'{"message": "Internal server error"}'
    status, _, body = api.call("GET", "/prod/pets/1")
    assert (status, body) == (500, internal), "no permission"
    permit(clients, api.function, api.id)
    assert api.call("GET", "/prod/pets/1")[0] == 200
    for path, expected, error in (
        ("/prod", b'{"message":"Missing Authentication Token"}', "MissingAuthenticationTokenException"),
        ("/", b'{"message":"Forbidden"}', "ForbiddenException"),
        ("/other/pets/1", b'{"message":"Forbidden"}', "ForbiddenException"),
    ):
        status, headers, body = api.call("GET", path)
        assert (status, body, headers["x-amzn-errortype"]) == (403, expected, error), (path, status, body)
    status, _, body = call(clients, "none", "GET", "/prod/pets/1")
    assert (status, body) == (403, b'{"message":"Forbidden"}')
    clients.lambda_.delete_function(FunctionName=api.function)
    status, _, body = api.call("GET", "/prod/pets/1")
    assert (status, body) == (500, internal), "no function"
    api.gateway.delete_rest_api(restApiId=api.id)
    assert api.call("GET", "/prod/pets/1")[0] == 403


def test_a_change_is_served_when_it_is_deployed(clients):
    api = Api(clients)
    api.custom(api.root, "GET", "MOCK", '{"statusCode": 200}', [("200", "", '{"new": true}', {})])
    assert api.call("GET", "/prod/")[0] == 403
    api.deploy()
    assert api.call("GET", "/prod/")[2] == b'{"new": true}'
    assert api.call("GET", "/prod")[2] == b'{"new": true}'
    api.close()


def test_custom_integrations_and_their_templates(clients):
    api = Api(clients)
    # The function reads `body` of its event, which the template makes.
    wrapped = '{"body": "$util.escapeJavaScript($input.body)"}'
    api.custom(
        api.root, "POST", "AWS", wrapped,
        [
            ("200", "", None, {"X-From": "integration.response.body.statusCode"}),
            ("404", ".*missing.*", '{"message": $input.json("$.errorMessage")}', {"X-Static": "'a b'"}),
        ],
    )
    api.custom(
        api.root, "GET", "MOCK",
        '{"statusCode": #if($input.params("bad") == "yes") 400 #else 200 #end}',
        [
            ("200", "200", '{"name": "$input.params("name")", "stage": "$context.stage"}', {"X-Color": "stageVariables.color"}),
            ("400", "4\\d\\d", '{"error": true}', {}),
        ],
    )
    api.custom(
        api.root, "OPTIONS", "MOCK", '{"statusCode": 200}',
        [("200", "", None, {"Access-Control-Allow-Origin": "'*'", "Access-Control-Allow-Methods": "'GET,OPTIONS'"})],
    )
    api.custom(api.root, "PUT", "MOCK", '{"statusCode": 200}', [("200", "", "{}", {})], passthroughBehavior="NEVER")
    api.deploy()
    status, headers, body = api.call("POST", "/prod/", b'{"answer": {"statusCode": 7}}')
    assert (status, json.loads(body), headers["x-from"]) == (200, {"statusCode": 7}, "7"), (status, headers, body)
    status, headers, body = api.call("GET", "/prod/?name=Ann")
    assert (status, json.loads(body)) == (200, {"name": "Ann", "stage": "prod"}), (status, body)
    assert headers["x-color"] == "blue" and headers["content-type"] == "application/json"
    assert api.call("GET", "/prod/?bad=yes")[0] == 400
    status, headers, body = api.call("OPTIONS", "/prod/", headers=[("Origin", "http://example.org")])
    assert status == 200 and headers["access-control-allow-origin"] == "*", (status, headers)
    status, headers, body = api.call("PUT", "/prod/", b"x", [("Content-Type", "text/plain")])
    assert (status, body) == (415, b'{"message": "Unsupported Media Type"}'), (status, body)
    api.close()


def test_limits_of_size_time_and_rate(clients):
    api = Api(clients)
    split = urllib.parse.urlsplit(clients.endpoint)
    head = f"POST /prod/x HTTP/1.1\r\nHost: {api.id}.execute-api.localhost\r\nContent-Length: {(10 << 20) + 1}\r\n\r\n"
    # Refused for what it announces: nothing of the body is read.
    answer = sent(split, head.encode())
    assert answer.startswith(b"HTTP/1.1 413 ") and answer.endswith(b'{"message":"Request Too Long"}'), answer
    assert b"x-amzn-errortype: RequestTooLargeException" in answer, answer
    api.gateway.update_integration(
        **api.at(api.rest, "ANY"), patchOperations=[{"op": "replace", "path": "/timeoutInMillis", "value": "1000"}]
    )
    api.deploy()
    status, _, body = api.call("POST", "/prod/x", b'{"sleep": 5}')
    assert (status, body) == (504, b'{"message": "Endpoint request timed out"}'), (status, body)
    limits = [("/*/*/throttling/rateLimit", "0"), ("/*/*/throttling/burstLimit", "0")]
    patches = [{"op": "replace", "path": path, "value": value} for path, value in limits]
    api.gateway.update_stage(restApiId=api.id, stageName="prod", patchOperations=patches)
    status, _, body = api.call("GET", "/prod/pets/1")
    assert (status, body) == (429, b'{"message":"Too Many Requests"}'), (status, body)
    api.close()


def test_requests_are_validated(clients):
    api = Api(clients)
    gateway, within = api.gateway, dict(restApiId=api.id)
    schema = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
    gateway.create_model(**within, name="Pet", contentType="application/json", schema=json.dumps(schema))
    validator = gateway.create_request_validator(**within, validateRequestBody=True, validateRequestParameters=True)
    at = api.at(api.pet, "POST")
    gateway.put_method(
        **at, authorizationType="NONE", requestValidatorId=validator["id"],
        requestParameters={"method.request.querystring.q": True, "method.request.header.H": True},
        requestModels={"application/json": "Pet"},
    )
    gateway.put_integration(**at, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri(api.function))
    gateway.put_gateway_response(
        **within, responseType="BAD_REQUEST_BODY", statusCode="422",
        responseTemplates={"application/json": '{"why": "$context.error.validationErrorString", "m": $context.error.messageString}'},
        responseParameters={"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"},
    )
    api.deploy()
    status, _, body = api.call("POST", "/prod/pets/1", b"{}")
    assert status == 400 and b"Missing required request parameters: [" in body, (status, body)
    status, headers, body = api.call("POST", "/prod/pets/1?q=1", b'{"name": 7}', [("H", "1")])
    assert status == 422 and headers["access-control-allow-origin"] == "*", (status, headers)
    assert b'"m": "Invalid request body"' in body, body
    assert api.call("POST", "/prod/pets/1?q=1", b'{"name": "Ann"}', [("H", "1")])[0] == 200
    api.close()


def test_a_test_of_a_method_has_a_log(clients):
    api = Api(clients)
    tested = api.gateway.test_invoke_method(**api.at(api.pet, "GET"), pathWithQueryString="/pets/7?a=b", headers={"X-A": "1"})
    assert tested["status"] == 200 and tested["latency"] >= 0, tested
    event = json.loads(tested["body"])
    assert event["pathParameters"] == {"id": "7"} and event["queryStringParameters"] == {"a": "b"}, event
    assert event["headers"] == {"X-A": "1"}, event
    context = event["requestContext"]
    assert context["stage"] == "test-invoke-stage" and context["identity"]["sourceIp"] == "test-invoke-source-ip", context
    assert context["domainPrefix"] == "testPrefix" and context["path"] == "/pets/{id}", context
    lines = tested["log"].splitlines()
    assert lines[0].startswith("Execution log for request "), lines
    for words in (
        "Starting execution for request: ", "HTTP Method: GET, Resource Path: /pets/7", "Method request path: {id=7}",
        "Method request query string: {a=b}", "Method request headers: {X-A=1}",
        "Endpoint request URI: https://lambda.us-east-1.amazonaws.com/", "Sending request to https://lambda.",
        "Received response. Status: 200, Integration latency: ", "Successfully completed execution",
        "Method completed with status: 200",
    ):
        assert words in tested["log"], (words, tested["log"])
    tested = api.gateway.test_invoke_method(**api.at(api.rest, "ANY"), body='{"raw": "Hello"}')
    assert tested["status"] == 502 and "Malformed Lambda proxy response" in tested["log"], tested
    other = Api(clients, permitted=False)
    tested = other.gateway.test_invoke_method(**other.at(other.pet, "GET"))
    assert tested["status"] == 500 and "Invalid permissions on Lambda function" in tested["log"], tested
    other.close()
    api.close()


def test_an_access_log_has_a_line_for_each_request(clients):
    api = Api(clients)
    group = clients.name("/access")
    clients.logs.create_log_group(logGroupName=group)
    arn = clients.logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["logGroupArn"]
    form = "$context.httpMethod $context.resourcePath $context.status $context.none"
    patches = [("/accessLogSettings/destinationArn", arn), ("/accessLogSettings/format", form)]
    patches = [{"op": "replace", "path": path, "value": value} for path, value in patches]
    api.gateway.update_stage(restApiId=api.id, stageName="prod", patchOperations=patches)
    api.call("GET", "/prod/pets/1")
    lines = [event["message"] for event in clients.logs.filter_log_events(logGroupName=group)["events"]]
    assert lines == ["GET /pets/{id} 200 -"], lines
    clients.logs.delete_log_group(logGroupName=group)
    api.close()


def test_the_planes_are_apart_and_heads_cannot_be_smuggled(clients):
    api = Api(clients)
    split = urllib.parse.urlsplit(clients.endpoint)
    host = f"{api.id}.execute-api.localhost:{split.port}"
    # The host of an API has nothing of the control plane, signed or not.
    status, _, body = call(clients, api.id, "GET", "/restapis")
    assert (status, body) == (403, b'{"message":"Forbidden"}'), (status, body)
    # And the host of the control plane has nothing of an API, but in the path form.
    status, _, body = api.call("GET", "/prod/pets/1", host=split.netloc)
    assert status == 403 and b"pets" not in body, (status, body)
    status, _, body = api.call("GET", f"/_execute-api/{api.id}/prod/pets/1", host=split.netloc)
    assert status == 200 and json.loads(body)["path"] == "/pets/1", body
    # Of another API, at the host of this one.
    assert api.call("GET", f"/_execute-api/{api.id}/prod/pets/1")[0] == 403
    for raw in (
        f"GET /prod/pets/1 HTTP/1.1\r\nHost: {host}\r\nHost: {split.netloc}\r\n\r\n",
        f"POST /prod/x HTTP/1.1\r\nHost: {host}\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        f"GET /prod/pets/1 HTTP/1.1\r\nHost: {host}\r\nX-A : b\r\n\r\n",
    ):
        answer = sent(split, raw.encode())
        assert b" 200 " not in answer.split(b"\r\n")[0], (raw, answer)
    # A body with two lengths ends the connection: what is after it is no request.
    both = f"POST /prod/x HTTP/1.1\r\nHost: {host}\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    answer = sent(split, f"{both}GET /prod/pets/1 HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    assert answer.count(b"HTTP/1.1 ") <= 1 and b"pets" not in answer, answer
    for path in ("/prod/../prod/pets/1", "/prod/%2e%2e/secret", "/prod/pets/..%2f..%2fx", "//evil.example/prod"):
        status, headers, body = api.call("GET", path)
        assert "location" not in headers and status in (200, 403), (path, status)
        if status == 200:
            assert json.loads(body)["requestContext"]["stage"] == "prod", path
    api.close()


def sent(split, raw):
    with socket.create_connection((split.hostname, split.port), timeout=20) as connection:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while data := connection.recv(65536):
            answer += data
    return answer


def test_many_clients_at_once(clients):
    api = Api(clients)
    statuses = []
    threads = [threading.Thread(target=lambda: statuses.append(api.call("GET", "/prod/pets/1")[0])) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 8, statuses
    api.close()


SAM = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Play:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: s3://{bucket}/echo.zip
      Handler: bootstrap
      Runtime: provided.al2023
      Role: arn:aws:iam::000000000000:role/anybody
      Timeout: 10
      Events:
        Post: {{Type: Api, Properties: {{Path: /destination, Method: post}}}}
        Get: {{Type: Api, Properties: {{Path: '/pets/{{id}}', Method: get, RestApiId: !Ref Own}}}}
        Mine:
          Type: Api
          Properties: {{Path: /mine, Method: get, RestApiId: !Ref Own, Auth: {{Authorizer: AWS_IAM, InvokeRole: NONE}}}}
  Own:
    Type: AWS::Serverless::Api
    Properties: {{StageName: v1, Cors: "'*'", Variables: {{a: b}}}}
Outputs:
  Shared: {{Value: !Ref ServerlessRestApi}}
  Own: {{Value: !Ref Own}}
"""


def test_api_events_of_a_sam_template_become_apis(clients):
    stack, bucket = clients.name("sam-api"), clients.name("code")
    clients.s3.create_bucket(Bucket=bucket)
    clients.s3.put_object(Bucket=bucket, Key="echo.zip", Body=ECHO)
    clients.cloudformation.create_stack(
        StackName=stack, TemplateBody=SAM.format(bucket=bucket), Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
    )
    clients.cloudformation.get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})
    described = clients.cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}
    status, _, body = call(clients, outputs["Shared"], "POST", "/Prod/destination", b'{"a": 1}')
    assert status == 200 and json.loads(body)["body"] == '{"a": 1}', (status, body)
    assert call(clients, outputs["Shared"], "GET", "/Prod/destination")[0] == 403
    status, _, body = call(clients, outputs["Own"], "GET", "/v1/pets/7")
    event = json.loads(body)
    assert event["pathParameters"] == {"id": "7"} and event["stageVariables"] == {"a": "b"}, event
    assert call(clients, outputs["Own"], "GET", "/v1/mine")[0] == 403
    path, headers = signed(clients, outputs["Own"], OWNER, "/v1/mine")
    status, _, body = call(clients, outputs["Own"], "GET", path, headers=headers)
    assert json.loads(body)["requestContext"]["identity"]["accessKey"] == OWNER["AccessKeyId"], (status, body)
    status, headers, _ = call(clients, outputs["Own"], "OPTIONS", "/v1/pets/7")
    assert status == 200 and headers["access-control-allow-origin"] == "*", (status, headers)
    assert headers["access-control-allow-methods"] == "GET,OPTIONS", headers
    clients.cloudformation.delete_stack(StackName=stack)
    clients.cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})
    assert call(clients, outputs["Own"], "GET", "/v1/pets/7")[0] == 403


ANCHORS = """
swagger: "2.0"
info: {title: pets, version: "3"}
x-amazon-apigateway-request-validators:
  all: {validateRequestBody: true, validateRequestParameters: true}
definitions:
  Pet: {type: object, required: [name]}
paths:
  /pets:
    get: &mock
      responses: {"200": {description: ok, headers: {Access-Control-Allow-Origin: {type: string}}}}
      x-amazon-apigateway-integration: &integration
        type: mock
        requestTemplates: {application/json: '{"statusCode": 200}'}
        responses:
          default:
            statusCode: "200"
            responseParameters: {method.response.header.Access-Control-Allow-Origin: "'*'"}
            responseTemplates: {application/json: '{"from": "import"}'}
    options: *mock
  /pets/{id}:
    get:
      <<: *mock
      operationId: one
"""


def test_an_api_is_imported_overwritten_merged_and_exported(clients):
    gateway = clients.apigateway
    made = gateway.import_rest_api(body=ANCHORS.encode(), parameters={"basepath": "ignore"})
    identity = made["id"]
    assert made["name"] == "pets" and made["version"] == "3", made
    paths = lambda: {item["path"]: set(item.get("resourceMethods", {})) for item in gateway.get_resources(restApiId=identity)["items"]}
    assert paths() == {"/": set(), "/pets": {"GET", "OPTIONS"}, "/pets/{id}": {"GET"}}, paths()
    gateway.create_deployment(restApiId=identity, stageName="prod")
    status, headers, body = call(clients, identity, "GET", "/prod/pets")
    assert (status, body) == (200, b'{"from": "import"}') and headers["access-control-allow-origin"] == "*", (status, body)
    for kind in ("oas30", "swagger"):
        exported = gateway.get_export(
            restApiId=identity, stageName="prod", exportType=kind, parameters={"extensions": "apigateway"}
        )
        document = json.loads(exported["body"].read())
        assert set(document["paths"]) == {"/pets", "/pets/{id}"}, document
        again = gateway.put_rest_api(restApiId=identity, mode="overwrite", body=json.dumps(document).encode())
        assert again["id"] == identity and paths()["/pets"] == {"GET", "OPTIONS"}, paths()
    more = {"openapi": "3.0.1", "info": {"title": "more", "version": "4"}, "paths": {"/cats": {"get": {"responses": {}}}}}
    merged = gateway.put_rest_api(restApiId=identity, mode="merge", body=json.dumps(more).encode())
    assert merged["name"] == "more" and set(paths()) == {"/", "/pets", "/pets/{id}", "/cats"}, paths()
    gateway.put_rest_api(restApiId=identity, mode="overwrite", body=json.dumps(more).encode())
    assert set(paths()) == {"/", "/cats"}, paths()
    # The stage still serves what was deployed.
    assert call(clients, identity, "GET", "/prod/pets")[0] == 200
    for wrong in (b"{", b"no document", b"\xff", b'{"openapi": "3.0.1", "paths": {"a": {}}}'):
        try:
            gateway.put_rest_api(restApiId=identity, body=wrong)
        except gateway.exceptions.BadRequestException:
            continue
        raise AssertionError(f"{wrong} was taken")
    gateway.delete_rest_api(restApiId=identity)


def signed(clients, api, keys, path, method="GET", body=b"", link=None, form=False, headers=()):
    """Path and headers of a request to the stage that botocore has signed: in the headers, or in a link that is good
    for some seconds; at the API's host, or in the path form."""
    split = urllib.parse.urlsplit(clients.endpoint)
    origin = f"{api}.execute-api.localhost:{split.port}"
    if form:
        origin, path = split.netloc, f"/_execute-api/{api}{path}"
    request = AWSRequest(method, f"http://{origin}{path}", data=body, headers=dict(headers))
    credentials = Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys.get("SessionToken"))
    scope = credentials, "execute-api", "us-east-1"
    (SigV4QueryAuth(*scope, expires=link) if link else SigV4Auth(*scope)).add_auth(request)
    return request.url.split(origin, 1)[1], list(request.headers.items())


def arn_of_call(api, call):
    return f"arn:aws:execute-api:us-east-1:000000000000:{api}/prod/{call}"


def test_methods_of_aws_iam_want_a_signature_and_a_policy(clients):
    api = Api(clients)
    for resource, method in ((api.pet, "GET"), (api.rest, "ANY")):
        kind = [{"op": "replace", "path": "/authorizationType", "value": "AWS_IAM"}]
        updated = api.gateway.update_method(**api.at(resource, method), patchOperations=kind)
        assert updated["authorizationType"] == "AWS_IAM", updated
    api.deploy()
    status, headers, body = api.call("GET", "/prod/pets/1")
    assert (status, json.loads(body)) == (403, {"message": "Missing Authentication Token"})
    assert headers["x-amzn-errortype"] == "MissingAuthenticationTokenException"

    user = User(clients, allow("execute-api:Invoke", arn_of_call(api.id, "GET/pets/*")))

    def ask(path, keys=user.keys, method="GET", body=b"", change=lambda path, headers: (path, headers), **how):
        path, headers = change(*signed(clients, api.id, keys, path, method, body, **how))
        host = dict(headers).pop("Host", None)
        if how.get("form"):
            host = urllib.parse.urlsplit(clients.endpoint).netloc
        headers = [(name, value) for name, value in headers if name.lower() not in ("host", "content-length")]
        return api.call(method, path, body or None, headers, host=host)

    def refused(kind, *arguments, **how):
        status, headers, body = ask(*arguments, **how)
        assert (status, headers["x-amzn-errortype"]) == (403, kind), (status, headers, body)
        return json.loads(body)

    me = clients.iam.get_user(UserName=user.name)["User"]
    for how in ({}, {"link": 60}, {"form": True}, {"link": 60, "form": True}):
        status, _, body = ask("/prod/pets/1%20a?x=1&y=%2B", **how)
        assert status == 200, (how, body)
        event = json.loads(body)
        identity = {name: value for name, value in event["requestContext"]["identity"].items() if value is not None}
        identity.pop("userAgent", None)
        assert identity == {
            "accountId": "000000000000", "accessKey": user.keys["AccessKeyId"], "caller": me["UserId"],
            "user": me["UserId"], "userArn": me["Arn"], "sourceIp": "127.0.0.1",
        }, identity
        assert event["queryStringParameters"].items() >= {"x": "1", "y": "+"}.items(), event
        assert event["pathParameters"] == {"id": "1 a"}
        assert "Authorization" not in event["headers"], event["headers"]
        assert "X-Amz-Signature" not in event["queryStringParameters"], event["queryStringParameters"]
    # By the path that is asked for, in plain.
    for path in ("/prod/cats", "/prod/pets%2F1", "/prod/pets"):
        said = refused("AccessDeniedException", path)
        begin = f"User: {me['Arn']} is not authorized to perform: execute-api:Invoke on resource: "
        assert said["Message"].startswith(begin + "arn:aws:execute-api:us-east-1:********0000:"), said
        assert said["Message"].endswith("because no identity-based policy allows the execute-api:Invoke action"), said
    deny = allow("execute-api:*", arn_of_call(api.id, "*/pets/secret")) | {"Effect": "Deny"}
    user.may(allow("execute-api:Invoke", "*"), deny)
    for path in ("/prod/pets/secret", "/prod/pets/%73ecret", "/prod/pets/secret/"):
        said = refused("AccessDeniedException", path)
        assert said["Message"].endswith("with an explicit deny in an identity-based policy"), said
    assert ask("/prod/cats", method="POST", body=b'{"a": 1}')[0] == 200
    # What was changed on its way.
    mismatch = "InvalidSignatureException"
    for change in (
        lambda path, headers: (path.replace("pets/1", "pets/2"), headers),
        lambda path, headers: (path.replace("%20", "%2520"), headers),
        lambda path, headers: (path + "&x=3", headers),
        lambda path, headers: (path, [(n, v.replace("/us-east-1/", "/eu-west-1/")) for n, v in headers]),
        lambda path, headers: (path, [(n, v.replace("/execute-api/", "/lambda/")) for n, v in headers]),
    ):
        refused(mismatch, "/prod/pets/1%20?x=1", change=change)
    path, headers = signed(clients, api.id, user.keys, "/prod/cats", "POST", b"{}")
    headers = [(name, value) for name, value in headers if name.lower() not in ("host", "content-length")]
    assert api.call("POST", path, b"[]", headers)[1]["x-amzn-errortype"] == mismatch
    assert api.call("POST", path, b"{}", headers)[0] == 200
    other = {**user.keys, "SecretAccessKey": "0" * 40}
    assert "does not match the signature you provided" in refused(mismatch, "/prod/pets/1", other)["message"]
    unknown = {**user.keys, "AccessKeyId": "AKIA" + "0" * 16}
    said = refused("UnrecognizedClientException", "/prod/pets/1", unknown)
    assert said == {"message": "The security token included in the request is invalid."}
    bearer = api.call("GET", "/prod/pets/1", headers=[("Authorization", "Bearer token")])
    assert bearer[1]["x-amzn-errortype"] == "IncompleteSignatureException", bearer
    # The owner of the sandbox is root; a session of a role has what the role may do.
    assert ask("/prod/cats", OWNER)[0] == 200
    role = clients.name("caller")
    trust = document({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"})
    made = clients.iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust)["Role"]
    policy = document(allow("execute-api:Invoke", arn_of_call(api.id, "GET/pets/1")))
    clients.iam.put_role_policy(RoleName=role, PolicyName="own", PolicyDocument=policy)
    session = clients.sts.assume_role(RoleArn=made["Arn"], RoleSessionName="ann")["Credentials"]
    for link in (None, 5):
        status, _, body = ask("/prod/pets/1", session, link=link)
        assert status == 200, body
        identity = json.loads(body)["requestContext"]["identity"]
        assert identity["userArn"].endswith(f":assumed-role/{role}/ann"), identity
        assert identity["caller"] == made["RoleId"] + ":ann", identity
        refused("AccessDeniedException", "/prod/pets/2", session, link=link)
        without = {name: value for name, value in session.items() if name != "SessionToken"}
        refused("UnrecognizedClientException", "/prod/pets/1", without, link=link)
    clients.iam.delete_role_policy(RoleName=role, PolicyName="own")
    clients.iam.delete_role(RoleName=role)

    # With the credentials of the caller, the function has to let it too.
    caller = [{"op": "add", "path": "/credentials", "value": "arn:aws:iam::*:user/*"}]
    api.gateway.update_integration(**api.at(api.pet, "GET"), patchOperations=caller)
    api.gateway.put_gateway_response(
        restApiId=api.id, responseType="INVALID_SIGNATURE", statusCode="401",
        responseTemplates={"application/json": '{"why": $context.error.messageString, "kind": "$context.error.responseType"}'},
    )
    api.deploy()
    said = refused("AccessDeniedException", "/prod/pets/1")
    assert " is not authorized to perform: lambda:InvokeFunction on resource: " in said["Message"], said
    user.may(allow(["execute-api:Invoke", "lambda:InvokeFunction"], "*"))
    assert ask("/prod/pets/1")[0] == 200
    status, _, body = ask("/prod/pets/1", other)
    assert (status, json.loads(body)["kind"]) == (401, "INVALID_SIGNATURE"), body
    api.close()


def test_sam_and_documents_make_methods_of_aws_iam(clients):
    document = {
        "openapi": "3.0.1",
        "info": {"title": "signed", "version": "1"},
        "paths": {
            "/a": {"get": {"security": [{"sigv4": []}], "responses": {}}},
            "/b": {"get": {"x-amazon-apigateway-auth": {"type": "AWS_IAM"}, "responses": {}}},
            "/c": {"get": {"responses": {}}},
        },
        "components": {"securitySchemes": {"sigv4": {
            "type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4",
        }}},
    }
    mock = {"type": "mock", "requestTemplates": {"application/json": '{"statusCode": 200}'}}
    for path in document["paths"].values():
        path["get"]["x-amazon-apigateway-integration"] = mock
    gateway = clients.apigateway
    api = gateway.import_rest_api(body=json.dumps(document))["id"]
    found = gateway.get_resources(restApiId=api, embed=["methods"])["items"]
    kinds = {it["path"]: it["resourceMethods"]["GET"]["authorizationType"] for it in found if "resourceMethods" in it}
    assert kinds == {"/a": "AWS_IAM", "/b": "AWS_IAM", "/c": "NONE"}, kinds
    gateway.create_deployment(restApiId=api, stageName="prod")
    export = gateway.get_export(restApiId=api, stageName="prod", exportType="oas30", accepts="application/json")
    paths = json.loads(export["body"].read())["paths"]
    assert paths["/b"]["get"]["security"] == [{"sigv4": []}], paths
    gateway.delete_rest_api(restApiId=api)
