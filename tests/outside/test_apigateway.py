"""API Gateway's control plane, through boto3."""

import json

from botocore.exceptions import ClientError

FUNCTION = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:us-east-1:000000000000:function:none/invocations"
)


def refused(code, call, **parameters):
    try:
        call(**parameters)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        return error.response["Error"]["Message"]
    raise AssertionError(f"{call.__name__} {parameters} was not refused")


def replace(path, value):
    return {"op": "replace", "path": path, "value": value}


def api(clients, **settings):
    """An API, and the id of its root."""
    made = clients.apigateway.create_rest_api(name=clients.name("api"), **settings)
    return made["id"], made["rootResourceId"]


def mock(clients, api, resource, method="GET"):
    at = dict(restApiId=api, resourceId=resource, httpMethod=method)
    clients.apigateway.put_method(**at, authorizationType="NONE")
    clients.apigateway.put_integration(
        **at, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'}
    )
    return at


def test_apis_are_made_shown_changed_and_deleted(clients):
    gateway = clients.apigateway
    made = gateway.create_rest_api(
        name="first", description="one", binaryMediaTypes=["image/png"], tags={"a": "1"},
        endpointConfiguration={"types": ["REGIONAL"]},
    )
    assert len(made["id"]) == 10 and made["createdDate"].year > 2000, made
    shown = gateway.get_rest_api(restApiId=made["id"])
    for member in ("name", "description", "binaryMediaTypes", "tags", "rootResourceId", "createdDate"):
        assert shown[member] == made[member], member
    assert shown["apiKeySource"] == "HEADER" and shown["endpointConfiguration"]["types"] == ["REGIONAL"]
    changed = gateway.update_rest_api(
        restApiId=made["id"],
        patchOperations=[
            replace("/name", "second"),
            {"op": "add", "path": "/binaryMediaTypes/a~1b"},
            {"op": "remove", "path": "/binaryMediaTypes/image~1png"},
            replace("/endpointConfiguration/types/REGIONAL", "EDGE"),
        ],
    )
    assert changed["name"] == "second" and changed["binaryMediaTypes"] == ["a/b"], changed
    assert changed["endpointConfiguration"]["types"] == ["EDGE"]
    message = refused(
        "BadRequestException", gateway.update_rest_api, restApiId=made["id"], patchOperations=[replace("/id", "x")]
    )
    assert message.startswith("Invalid patch path '/id' specified for op 'replace'. Must be one of: ["), message
    gateway.delete_rest_api(restApiId=made["id"])
    message = refused("NotFoundException", gateway.get_rest_api, restApiId=made["id"])
    assert message == f"Invalid API identifier specified 000000000000:{made['id']}", message
    refused("BadRequestException", gateway.create_rest_api, name="x", endpointConfiguration={"types": ["PRIVATE"]})


def test_lists_come_in_pages(clients):
    gateway = clients.apigateway
    identity, root = api(clients)
    others = {api(clients)[0] for _ in range(4)} | {identity}
    for number in range(5):
        gateway.create_resource(restApiId=identity, parentId=root, pathPart=f"r{number}")
        gateway.create_model(restApiId=identity, name=f"M{number}", contentType="application/json")
        gateway.create_request_validator(restApiId=identity, name=f"v{number}")
    mock(clients, identity, root)
    for _ in range(5):
        gateway.create_deployment(restApiId=identity)
    within = dict(restApiId=identity)
    for operation, parameters, expected in (
        ("get_rest_apis", {}, None),
        ("get_resources", within, 6),
        ("get_models", within, 7),
        ("get_request_validators", within, 5),
        ("get_deployments", within, 5),
        ("get_gateway_responses", within, 21),
    ):
        pages = gateway.get_paginator(operation).paginate(**parameters, PaginationConfig={"PageSize": 2})
        sizes = [len(page["items"]) for page in pages]
        assert all(size == 2 for size in sizes[:-1]), (operation, sizes)
        assert expected is None or sum(sizes) == expected, (operation, sizes)
    found = gateway.get_paginator("get_rest_apis").paginate(PaginationConfig={"PageSize": 2})
    assert others <= {item["id"] for page in found for item in page["items"]}
    refused("BadRequestException", gateway.get_rest_apis, position="x")
    for identity in others:
        gateway.delete_rest_api(restApiId=identity)


def test_resources_form_a_tree(clients):
    gateway = clients.apigateway
    identity, root = api(clients)
    create = lambda parent, part: gateway.create_resource(restApiId=identity, parentId=parent, pathPart=part)
    pets = create(root, "pets")
    assert pets["path"] == "/pets" and len(pets["id"]) == 6 and pets["parentId"] == root, pets
    pet = create(pets["id"], "{id}")
    assert pet["path"] == "/pets/{id}", pet
    rest = create(root, "{proxy+}")
    message = refused("ConflictException", gateway.create_resource, restApiId=identity, parentId=root, pathPart="pets")
    assert message == "Another resource with the same parent already has this name: pets", message
    for parent, part, words in (
        (pets["id"], "{name}", "already has a variable path part"),
        (rest["id"], "x", "Cannot create a child of a resource with a greedy path variable: {proxy+}"),
        (root, "a b", "Resource's path part only allow"),
    ):
        message = refused("BadRequestException", gateway.create_resource, restApiId=identity, parentId=parent, pathPart=part)
        assert words in message, message
    refused("NotFoundException", gateway.create_resource, restApiId=identity, parentId="none", pathPart="x")
    mock(clients, identity, pet["id"])
    plain = gateway.get_resource(restApiId=identity, resourceId=pet["id"])
    assert plain["resourceMethods"] == {"GET": {}}, plain
    whole = gateway.get_resource(restApiId=identity, resourceId=pet["id"], embed=["methods"])
    assert whole["resourceMethods"]["GET"]["methodIntegration"]["type"] == "MOCK", whole
    moved = gateway.update_resource(
        restApiId=identity, resourceId=pets["id"], patchOperations=[replace("/pathPart", "animals")]
    )
    assert moved["path"] == "/animals"
    refused(
        "BadRequestException", gateway.update_resource, restApiId=identity, resourceId=pets["id"],
        patchOperations=[replace("/parentId", pet["id"])],
    )
    refused("BadRequestException", gateway.delete_resource, restApiId=identity, resourceId=root)
    gateway.delete_resource(restApiId=identity, resourceId=pets["id"])
    paths = {item["path"] for item in gateway.get_resources(restApiId=identity)["items"]}
    assert paths == {"/", "/{proxy+}"}, paths
    gateway.delete_rest_api(restApiId=identity)


def test_methods_integrations_and_their_responses(clients):
    gateway = clients.apigateway
    identity, root = api(clients)
    at = dict(restApiId=identity, resourceId=root, httpMethod="GET")
    header = "method.request.header.Name"
    made = gateway.put_method(**at, authorizationType="NONE", requestParameters={header: True}, operationName="Pets")
    assert made["httpMethod"] == "GET" and made["requestParameters"] == {header: True}, made
    assert refused("ConflictException", gateway.put_method, **at, authorizationType="NONE").startswith("Method already")
    refused("NotFoundException", gateway.get_integration, **at)
    changed = gateway.update_method(
        **at, patchOperations=[replace("/operationName", "All"), {"op": "remove", "path": f"/requestParameters/{header}"}]
    )
    assert changed["operationName"] == "All" and "requestParameters" not in changed, changed
    gateway.put_method_response(**at, statusCode="200", responseParameters={"method.response.header.A": False})
    refused("ConflictException", gateway.put_method_response, **at, statusCode="200")
    refused("BadRequestException", gateway.put_method_response, **at, statusCode="2000")
    gateway.update_method_response(
        **at, statusCode="200", patchOperations=[replace("/responseModels/application~1json", "Empty")]
    )
    response = gateway.get_method_response(**at, statusCode="200")
    assert response["responseModels"] == {"application/json": "Empty"}, response

    for settings, words in (
        (dict(type="AWS_PROXY"), "HttpMethod must be non-empty"),
        (dict(type="AWS_PROXY", integrationHttpMethod="POST"), "Invalid ARN"),
        (dict(type="AWS", integrationHttpMethod="POST", uri=FUNCTION, timeoutInMillis=1), "Timeout should be between"),
        (
            dict(type="AWS", integrationHttpMethod="POST", uri=FUNCTION, requestParameters={"integration.request.header.A": header}),
            "Invalid mapping expression parameter specified",
        ),
    ):
        assert words in refused("BadRequestException", gateway.put_integration, **at, **settings), settings
    made = gateway.put_integration(
        **at, type="AWS", integrationHttpMethod="POST", uri=FUNCTION, requestTemplates={"application/json": "{}"}
    )
    assert made["httpMethod"] == "POST" and made["passthroughBehavior"] == "WHEN_NO_MATCH", made
    assert made["timeoutInMillis"] == 29000 and made["cacheNamespace"] == root, made
    changed = gateway.update_integration(
        **at,
        patchOperations=[
            replace("/passthroughBehavior", "NEVER"),
            {"op": "add", "path": "/requestTemplates/text~1plain", "value": "$input.body"},
            replace("/timeoutInMillis", "1000"),
        ],
    )
    assert changed["requestTemplates"] == {"application/json": "{}", "text/plain": "$input.body"}, changed
    refused("NotFoundException", gateway.put_integration_response, **at, statusCode="404")
    refused(
        "BadRequestException", gateway.put_integration_response, **at, statusCode="200",
        responseParameters={"method.response.header.B": "'b'"},
    )
    gateway.put_integration_response(
        **at, statusCode="200", selectionPattern="2..", responseParameters={"method.response.header.A": "'a'"}
    )
    gateway.update_integration_response(**at, statusCode="200", patchOperations=[replace("/selectionPattern", "")])
    assert gateway.get_integration_response(**at, statusCode="200")["selectionPattern"] == ""
    method = gateway.get_method(**at)
    assert set(method["methodIntegration"]["integrationResponses"]) == {"200"}, method

    gateway.delete_integration_response(**at, statusCode="200")
    gateway.delete_method_response(**at, statusCode="200")
    for call in (gateway.get_integration_response, gateway.delete_method_response):
        assert refused("NotFoundException", call, **at, statusCode="200") == "Invalid Response status code specified"
    gateway.delete_integration(**at)
    refused("NotFoundException", gateway.delete_integration, **at)
    gateway.delete_method(**at)
    assert refused("NotFoundException", gateway.get_method, **at) == "Invalid Method identifier specified"
    gateway.delete_rest_api(restApiId=identity)


def test_models_validators_and_gateway_responses(clients):
    gateway = clients.apigateway
    identity, root = api(clients)
    within = dict(restApiId=identity)
    schema = json.dumps({"type": "object"})
    made = gateway.create_model(**within, name="Pet", contentType="application/json", schema=schema)
    assert gateway.get_model(**within, modelName="Pet")["schema"] == schema
    gateway.update_model(**within, modelName="Pet", patchOperations=[replace("/description", "a pet")])
    assert gateway.get_model(**within, modelName="Pet")["description"] == "a pet"
    refused("ConflictException", gateway.create_model, **within, name="Pet", contentType="application/json")
    refused("BadRequestException", gateway.create_model, **within, name="Dog", contentType="application/json", schema="{")
    validator = gateway.create_request_validator(**within, name="all", validateRequestBody=True)
    assert validator["validateRequestBody"] and not validator["validateRequestParameters"], validator
    which = dict(**within, requestValidatorId=validator["id"])
    gateway.update_request_validator(**which, patchOperations=[replace("/validateRequestParameters", "true")])
    assert gateway.get_request_validator(**which)["validateRequestParameters"]
    gateway.put_method(
        **within, resourceId=root, httpMethod="POST", authorizationType="NONE",
        requestModels={"application/json": "Pet"}, requestValidatorId=validator["id"],
    )
    refused("ConflictException", gateway.delete_model, **within, modelName="Pet")
    refused("ConflictException", gateway.delete_request_validator, **which)
    gateway.delete_method(**within, resourceId=root, httpMethod="POST")
    gateway.delete_model(**within, modelName="Pet")
    gateway.delete_request_validator(**which)
    refused("NotFoundException", gateway.get_model, **within, modelName="Pet")
    refused("NotFoundException", gateway.get_request_validator, **which)

    kind = dict(**within, responseType="THROTTLED")
    standard = gateway.get_gateway_response(**kind)
    assert standard["defaultResponse"] and standard["statusCode"] == "429", standard
    own = gateway.put_gateway_response(**kind, statusCode="420", responseParameters={"gatewayresponse.header.A": "'a'"})
    assert not own["defaultResponse"] and own["statusCode"] == "420", own
    gateway.update_gateway_response(**kind, patchOperations=[replace("/statusCode", "421")])
    assert gateway.get_gateway_response(**kind)["statusCode"] == "421"
    gateway.delete_gateway_response(**kind)
    assert gateway.get_gateway_response(**kind)["defaultResponse"]
    refused("NotFoundException", gateway.delete_gateway_response, **kind)
    gateway.delete_rest_api(**within)


def test_deployments_and_stages(clients):
    gateway = clients.apigateway
    identity, root = api(clients)
    within = dict(restApiId=identity)
    message = refused("BadRequestException", gateway.create_deployment, **within)
    assert message == "The REST API doesn't contain any methods", message
    gateway.put_method(**within, resourceId=root, httpMethod="GET", authorizationType="NONE")
    assert refused("BadRequestException", gateway.create_deployment, **within) == "No integration defined for method"
    gateway.put_integration(**within, resourceId=root, httpMethod="GET", type="MOCK")
    first = gateway.create_deployment(**within, stageName="prod", description="one", variables={"a": "1"})
    summary = gateway.get_deployment(**within, deploymentId=first["id"], embed=["apisummary"])["apiSummary"]
    assert summary == {"/": {"GET": {"authorizationType": "NONE", "apiKeyRequired": False}}}, summary
    gateway.update_deployment(**within, deploymentId=first["id"], patchOperations=[replace("/description", "two")])
    assert gateway.get_deployment(**within, deploymentId=first["id"])["description"] == "two"
    stage = gateway.get_stage(**within, stageName="prod")
    assert stage["deploymentId"] == first["id"] and stage["variables"] == {"a": "1"}, stage
    second = gateway.create_deployment(**within)
    gateway.create_stage(**within, stageName="test", deploymentId=second["id"], tags={"b": "2"})
    refused("ConflictException", gateway.create_stage, **within, stageName="test", deploymentId=second["id"])
    refused("BadRequestException", gateway.create_stage, **within, stageName="new", deploymentId="none")
    refused("BadRequestException", gateway.create_stage, **within, stageName="a b", deploymentId=second["id"])
    changed = gateway.update_stage(
        **within,
        stageName="prod",
        patchOperations=[
            replace("/deploymentId", second["id"]),
            replace("/variables/b", "2"),
            {"op": "remove", "path": "/variables/a"},
            replace("/*/*/throttling/rateLimit", "2.5"),
            replace("/~1/GET/logging/loglevel", "INFO"),
        ],
    )
    assert changed["variables"] == {"b": "2"} and changed["deploymentId"] == second["id"], changed
    assert changed["methodSettings"]["*/*"]["throttlingRateLimit"] == 2.5, changed
    assert changed["methodSettings"]["~1/GET"]["loggingLevel"] == "INFO", changed
    stages = {item["stageName"] for item in gateway.get_stages(**within, deploymentId=second["id"])["item"]}
    assert stages == {"prod", "test"}, stages
    message = refused("BadRequestException", gateway.delete_deployment, **within, deploymentId=second["id"])
    assert message == "Active stages pointing to this deployment must be moved or deleted", message
    arn = f"arn:aws:apigateway:us-east-1::/restapis/{identity}/stages/test"
    gateway.tag_resource(resourceArn=arn, tags={"c": "3"})
    gateway.untag_resource(resourceArn=arn, tagKeys=["b"])
    assert gateway.get_tags(resourceArn=arn)["tags"] == {"c": "3"}
    gateway.delete_stage(**within, stageName="test")
    refused("NotFoundException", gateway.get_stage, **within, stageName="test")
    gateway.delete_deployment(**within, deploymentId=first["id"])
    refused("NotFoundException", gateway.get_deployment, **within, deploymentId=first["id"])
    gateway.delete_rest_api(**within)
    refused("NotFoundException", gateway.get_stages, **within)


def test_the_account_and_the_command_line(clients):
    gateway = clients.apigateway
    role = "arn:aws:iam::000000000000:role/logs"
    assert gateway.update_account(patchOperations=[replace("/cloudwatchRoleArn", role)])["cloudwatchRoleArn"] == role
    assert gateway.get_account()["throttleSettings"]["rateLimit"] == 10000.0
    refused("BadRequestException", gateway.update_account, patchOperations=[replace("/cloudwatchRoleArn", "none")])
    gateway.update_account(patchOperations=[{"op": "remove", "path": "/cloudwatchRoleArn"}])
    assert "cloudwatchRoleArn" not in gateway.get_account()
    made = clients.aws("apigateway", "create-rest-api", "--name", "by hand")
    listed = clients.aws("apigateway", "get-resources", "--rest-api-id", made["id"])
    assert [item["path"] for item in listed["items"]] == ["/"], listed
    clients.aws("apigateway", "delete-rest-api", "--rest-api-id", made["id"])
