"""Cognito user pools, as boto3 sees them: every operation, and what it refuses."""

import base64
import hashlib
import hmac
import json
import re

import bundles
from botocore.exceptions import ClientError
from test_execute_api import call, permit, uri
from test_lambda import created

PASSWORD = "Secret-1!"
FLOWS = [
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_USER_SRP_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
]
# Returns who calls.
CLAIMS = bundles.python(
    """
    claims = event["requestContext"]["authorizer"]["claims"]
    answer = {"statusCode": 200, "body": json.dumps(claims)}
    """
)


def refused(code, function, message="", **parameters):
    exceptions = function.__self__.exceptions
    try:
        function(**parameters)
    except getattr(exceptions, code, ClientError) as error:
        found = error.response["Error"]
        assert found["Code"] == code and message in found["Message"], found
        return found["Message"]
    raise AssertionError(f"no {code}: {parameters}")


def place(clients, client=None, **pool):
    """A pool and a client of it."""
    pool = clients.cognito.create_user_pool(PoolName=clients.name("pool"), **pool)["UserPool"]["Id"]
    settings = {"ExplicitAuthFlows": FLOWS, **(client or {})}
    made = clients.cognito.create_user_pool_client(UserPoolId=pool, ClientName="page", **settings)
    return pool, made["UserPoolClient"]["ClientId"]


def user(clients, pool, name, **attributes):
    clients.cognito.admin_create_user(
        UserPoolId=pool,
        Username=name,
        MessageAction="SUPPRESS",
        UserAttributes=[{"Name": key, "Value": value} for key, value in attributes.items()],
    )
    clients.cognito.admin_set_user_password(UserPoolId=pool, Username=name, Password=PASSWORD, Permanent=True)


def by_password(client, name, password=PASSWORD, **more):
    """The parameters of `initiate_auth`."""
    return {
        "ClientId": client,
        "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": name, "PASSWORD": password, **more},
    }


def sign_in(clients, client, name, password=PASSWORD, **more):
    return clients.cognito.initiate_auth(**by_password(client, name, password, **more))


def tokens(clients, client, name):
    return sign_in(clients, client, name)["AuthenticationResult"]


def claims(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def test_pools(clients):
    cognito = clients.cognito
    created_pool = cognito.create_user_pool(
        PoolName="players",
        Policies={"PasswordPolicy": {"MinimumLength": 6}},
        UsernameAttributes=["email"],
        UserPoolTags={"a": "1"},
        Schema=[{"Name": "team", "AttributeDataType": "String"}, {"Name": "email", "Required": True}],
    )["UserPool"]
    pool = created_pool["Id"]
    described = cognito.describe_user_pool(UserPoolId=pool)["UserPool"]
    assert described == created_pool, described
    assert described["Policies"]["PasswordPolicy"]["MinimumLength"] == 6
    assert "custom:team" in {attribute["Name"] for attribute in described["SchemaAttributes"]}
    cognito.update_user_pool(UserPoolId=pool, AutoVerifiedAttributes=["email"], DeletionProtection="ACTIVE")
    updated = cognito.describe_user_pool(UserPoolId=pool)["UserPool"]
    assert updated["AutoVerifiedAttributes"] == ["email"] and updated["UserPoolTags"] == {}
    refused("InvalidParameterException", cognito.delete_user_pool, "deletion protection", UserPoolId=pool)
    cognito.update_user_pool(UserPoolId=pool)
    arn = updated["Arn"]
    cognito.tag_resource(ResourceArn=arn, Tags={"b": "2", "c": "3"})
    cognito.untag_resource(ResourceArn=arn, TagKeys=["b"])
    assert cognito.list_tags_for_resource(ResourceArn=arn)["Tags"] == {"c": "3"}
    more = [place(clients)[0] for _ in range(2)]
    pages = cognito.get_paginator("list_user_pools").paginate(PaginationConfig={"PageSize": 1})
    listed = [it["Id"] for page in pages for it in page["UserPools"]]
    assert {pool, *more} <= set(listed) and len(listed) == len(set(listed)), listed
    cognito.delete_user_pool(UserPoolId=pool)
    refused("ResourceNotFoundException", cognito.describe_user_pool, pool, UserPoolId=pool)
    refused("InvalidParameterException", cognito.create_user_pool, "LambdaConfig",
            PoolName="a", LambdaConfig={"PreSignUp": "arn:aws:lambda:us-east-1:000000000000:function:f"})


def test_clients_of_pools(clients):
    cognito = clients.cognito
    pool, client = place(clients, {"GenerateSecret": True, "AccessTokenValidity": 2})
    at = {"UserPoolId": pool, "ClientId": client}
    described = cognito.describe_user_pool_client(**at)["UserPoolClient"]
    assert described["AccessTokenValidity"] == 2 and described["RefreshTokenValidity"] == 30
    cognito.update_user_pool_client(**at, ExplicitAuthFlows=FLOWS)
    updated = cognito.describe_user_pool_client(**at)["UserPoolClient"]
    assert "AccessTokenValidity" not in updated and updated["ClientSecret"] == described["ClientSecret"]
    others = [
        cognito.create_user_pool_client(UserPoolId=pool, ClientName=name)["UserPoolClient"]["ClientId"]
        for name in ("b", "c")
    ]
    pages = cognito.get_paginator("list_user_pool_clients").paginate(
        UserPoolId=pool, PaginationConfig={"PageSize": 2}
    )
    listed = [it["ClientId"] for page in pages for it in page["UserPoolClients"]]
    assert sorted(listed) == sorted([client, *others]), listed
    user(clients, pool, "ann")
    refused("NotAuthorizedException", cognito.initiate_auth, "SECRET_HASH was not received", **by_password(client, "ann"))
    secret = described["ClientSecret"].encode()
    proof = base64.b64encode(hmac.new(secret, f"ann{client}".encode(), hashlib.sha256).digest()).decode()
    assert sign_in(clients, client, "ann", SECRET_HASH=proof)["AuthenticationResult"]
    cognito.delete_user_pool_client(**at)
    refused("ResourceNotFoundException", cognito.describe_user_pool_client, client, **at)


def test_users(clients):
    cognito = clients.cognito
    pool, client = place(clients)
    names = ["ann", "bob", "cleo"]
    for name in names:
        user(clients, pool, name, email=f"{name}@example.org")
    pages = cognito.get_paginator("list_users").paginate(UserPoolId=pool, PaginationConfig={"PageSize": 2})
    listed = [it["Username"] for page in pages for it in page["Users"]]
    assert listed == names, listed
    found = cognito.list_users(UserPoolId=pool, Filter='email = "bob@example.org"', AttributesToGet=["email"])
    assert [it["Username"] for it in found["Users"]] == ["bob"], found
    shown = cognito.admin_get_user(UserPoolId=pool, Username="ann")
    assert shown["UserStatus"] == "CONFIRMED" and shown["Enabled"], shown
    refused("UsernameExistsException", cognito.admin_create_user, UserPoolId=pool, Username="Ann")
    cognito.admin_disable_user(UserPoolId=pool, Username="ann")
    refused("NotAuthorizedException", cognito.initiate_auth, "User is disabled.", **by_password(client, "ann"))
    cognito.admin_enable_user(UserPoolId=pool, Username="ann")
    token = tokens(clients, client, "ann")["AccessToken"]
    cognito.admin_user_global_sign_out(UserPoolId=pool, Username="ann")
    refused("NotAuthorizedException", cognito.get_user, "revoked", AccessToken=token)
    cognito.admin_delete_user(UserPoolId=pool, Username="ann")
    refused("UserNotFoundException", cognito.admin_get_user, UserPoolId=pool, Username="ann")
    cognito.admin_create_user(UserPoolId=pool, Username="dan", TemporaryPassword=PASSWORD)
    asked = sign_in(clients, client, "dan")
    assert asked["ChallengeName"] == "NEW_PASSWORD_REQUIRED", asked
    done = cognito.respond_to_auth_challenge(
        ClientId=client,
        ChallengeName="NEW_PASSWORD_REQUIRED",
        Session=asked["Session"],
        ChallengeResponses={"USERNAME": "dan", "NEW_PASSWORD": "Secret-2!"},
    )
    assert done["AuthenticationResult"]["TokenType"] == "Bearer"
    cognito.admin_set_user_password(UserPoolId=pool, Username="dan", Password=PASSWORD, Permanent=False)
    at = {"UserPoolId": pool, "ClientId": client}
    asked = cognito.admin_initiate_auth(
        **at, AuthFlow="ADMIN_USER_PASSWORD_AUTH", AuthParameters={"USERNAME": "dan", "PASSWORD": PASSWORD}
    )
    done = cognito.admin_respond_to_auth_challenge(
        **at,
        ChallengeName="NEW_PASSWORD_REQUIRED",
        Session=asked["Session"],
        ChallengeResponses={"USERNAME": "dan", "NEW_PASSWORD": "Secret-2!"},
    )
    assert done["AuthenticationResult"]["IdToken"]


def test_sign_up(clients):
    cognito = clients.cognito
    pool, client = place(clients)
    ann = {"ClientId": client, "Username": "ann"}
    email = [{"Name": "email", "Value": "ann@example.org"}]
    done = cognito.sign_up(**ann, Password=PASSWORD, UserAttributes=email)
    assert done["UserConfirmed"] is False and done["UserSub"]
    refused("UsernameExistsException", cognito.sign_up, "User already exists", **ann, Password=PASSWORD)
    refused("InvalidPasswordException", cognito.sign_up, "Password not long enough",
            ClientId=client, Username="bob", Password="short")
    refused("UserNotConfirmedException", cognito.initiate_auth, "User is not confirmed.", **by_password(client, "ann"))
    refused("ExpiredCodeException", cognito.confirm_sign_up, **ann, ConfirmationCode="123456")
    refused("InvalidParameterException", cognito.resend_confirmation_code, "Auto verification not turned on", **ann)
    cognito.admin_confirm_sign_up(UserPoolId=pool, Username="ann")
    assert tokens(clients, client, "ann")["IdToken"]
    cognito.update_user_pool(UserPoolId=pool, AutoVerifiedAttributes=["email"])
    bob = {"ClientId": client, "Username": "bob"}
    delivery = cognito.sign_up(**bob, Password=PASSWORD, UserAttributes=email)["CodeDeliveryDetails"]
    assert delivery == {"Destination": "a***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}, delivery
    refused("CodeMismatchException", cognito.confirm_sign_up, **bob, ConfirmationCode="none")
    assert cognito.resend_confirmation_code(**bob)["CodeDeliveryDetails"] == delivery
    refused("InvalidParameterException", cognito.forgot_password, "no registered/verified email", **bob)
    user(clients, pool, "cleo", email="cleo@example.org", email_verified="true")
    cleo = {"ClientId": client, "Username": "cleo"}
    assert cognito.forgot_password(**cleo)["CodeDeliveryDetails"]["Destination"] == "c***@e***"
    refused("CodeMismatchException", cognito.confirm_forgot_password,
            **cleo, ConfirmationCode="none", Password="Secret-2!")


def test_sessions(clients):
    cognito = clients.cognito
    pool, client = place(clients)
    user(clients, pool, "ann", email="ann@example.org")
    refused("NotAuthorizedException", cognito.initiate_auth, "Incorrect username or password.",
            **by_password(client, "ann", "Secret-9!"))
    first = tokens(clients, client, "ann")
    read = claims(first["IdToken"])
    assert read["iss"] == f"https://cognito-idp.us-east-1.amazonaws.com/{pool}", read
    assert read["aud"] == client and read["token_use"] == "id" and read["email"] == "ann@example.org"
    assert read["exp"] - read["iat"] == first["ExpiresIn"] == 3600
    shown = cognito.get_user(AccessToken=first["AccessToken"])
    assert shown["Username"] == "ann" and {"Name": "sub", "Value": read["sub"]} in shown["UserAttributes"]
    refused("NotAuthorizedException", cognito.get_user, "Invalid Access Token", AccessToken=first["IdToken"])
    refresh = {"ClientId": client, "AuthFlow": "REFRESH_TOKEN_AUTH",
               "AuthParameters": {"REFRESH_TOKEN": first["RefreshToken"]}}
    new = cognito.initiate_auth(**refresh)["AuthenticationResult"]
    assert "RefreshToken" not in new and claims(new["IdToken"])["jti"] != read["jti"]
    change = {"AccessToken": new["AccessToken"], "ProposedPassword": "Secret-2!"}
    refused("NotAuthorizedException", cognito.change_password, "Incorrect", **change, PreviousPassword="Secret-3!")
    cognito.change_password(**change, PreviousPassword=PASSWORD)
    cognito.revoke_token(ClientId=client, Token=first["RefreshToken"])
    refused("NotAuthorizedException", cognito.get_user, "revoked", AccessToken=new["AccessToken"])
    refused("NotAuthorizedException", cognito.initiate_auth, "revoked", **refresh)
    last = sign_in(clients, client, "ann", "Secret-2!")["AuthenticationResult"]
    cognito.global_sign_out(AccessToken=last["AccessToken"])
    refused("NotAuthorizedException", cognito.get_user, "revoked", AccessToken=last["AccessToken"])


def test_an_authorizer(clients):
    """Tokens in front of an API, and what is none."""
    gateway = clients.apigateway
    pool, client = place(clients)
    user(clients, pool, "ann")
    arn = clients.cognito.describe_user_pool(UserPoolId=pool)["UserPool"]["Arn"]
    api = gateway.create_rest_api(name=clients.name("api"))
    within = {"restApiId": api["id"]}
    made = gateway.create_authorizer(
        **within, name="players", type="COGNITO_USER_POOLS", providerARNs=[arn],
        identitySource="method.request.header.Authorization",
    )
    who = {**within, "authorizerId": made["id"]}
    assert gateway.get_authorizer(**who)["providerARNs"] == [arn]
    assert [it["id"] for it in gateway.get_authorizers(**within)["items"]] == [made["id"]]
    renamed = gateway.update_authorizer(
        **who, patchOperations=[{"op": "replace", "path": "/name", "value": "people"}]
    )
    assert renamed["name"] == "people"
    name = created(clients, CLAIMS)
    permit(clients, name, api["id"])
    at = {**within, "resourceId": api["rootResourceId"], "httpMethod": "GET"}
    refused("BadRequestException", gateway.put_method, "Invalid authorizer ID",
            **at, authorizationType="COGNITO_USER_POOLS", authorizerId="none")
    method = gateway.put_method(**at, authorizationType="COGNITO_USER_POOLS", authorizerId=made["id"])
    assert method["authorizerId"] == made["id"]
    gateway.put_integration(**at, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri(name))
    gateway.put_gateway_response(
        **within, responseType="UNAUTHORIZED",
        responseParameters={"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"},
    )
    gateway.create_deployment(**within, stageName="prod")
    signed = tokens(clients, client, "ann")
    for token in (signed["IdToken"], f"Bearer {signed['IdToken']}"):
        status, _, body = call(clients, api["id"], "GET", "/prod", headers=[("Authorization", token)])
        shown = json.loads(body)
        assert status == 200 and shown["cognito:username"] == "ann" and shown["token_use"] == "id", shown
        assert re.fullmatch(r"\w{3} \w{3} \d\d \d\d:\d\d:\d\d UTC \d{4}", shown["exp"]), shown
    head, payload, signature = signed["IdToken"].split(".")
    forged = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    for token in (None, "", "x", signed["AccessToken"], f"{forged}.{payload}.", f"{head}.{payload}.{signature[:-4]}"):
        headers = [] if token is None else [("Authorization", token)]
        status, headers, body = call(clients, api["id"], "GET", "/prod", headers=headers)
        assert (status, json.loads(body)) == (401, {"message": "Unauthorized"}), (token, status, body)
        assert headers["access-control-allow-origin"] == "*"
        assert headers["x-amzn-errortype"] == "UnauthorizedException"
    tried = gateway.test_invoke_authorizer(**who, headers={"Authorization": signed["IdToken"]})
    assert tried["clientStatus"] == 200 and tried["claims"]["cognito:username"] == "ann", tried
    assert gateway.test_invoke_authorizer(**who, headers={})["clientStatus"] == 401
    refused("ConflictException", gateway.delete_authorizer, **who)
    gateway.delete_method(**at)
    gateway.delete_authorizer(**who)


def test_an_authorizer_of_a_document(clients):
    """Imported with an API, and exported with it."""
    gateway = clients.apigateway
    pool, client = place(clients)
    user(clients, pool, "ann")
    arn = clients.cognito.describe_user_pool(UserPoolId=pool)["UserPool"]["Arn"]
    scheme = {
        "type": "apiKey", "name": "X-Token", "in": "header", "x-amazon-apigateway-authtype": "cognito_user_pools",
        "x-amazon-apigateway-authorizer": {"type": "cognito_user_pools", "providerARNs": [arn]},
    }
    answer = {
        "type": "mock",
        "requestTemplates": {"application/json": '{"statusCode": 200}'},
        "responses": {"default": {
            "statusCode": "200",
            "responseTemplates": {"application/json": '"$context.authorizer.claims.sub"'},
        }},
    }

    def operation(*scopes):
        return {
            "security": [{"players": list(scopes)}],
            "responses": {"200": {"description": "who"}},
            "x-amazon-apigateway-integration": answer,
        }

    document = {
        "openapi": "3.0.1",
        "info": {"title": clients.name("api"), "version": "1"},
        "paths": {"/": {"get": operation()}, "/scoped": {"get": operation("aws.cognito.signin.user.admin")}},
        "components": {"securitySchemes": {"players": scheme}},
    }
    api = gateway.import_rest_api(body=json.dumps(document).encode())["id"]
    (made,) = gateway.get_authorizers(restApiId=api)["items"]
    assert made["identitySource"] == "method.request.header.X-Token" and made["name"] == "players", made
    gateway.create_deployment(restApiId=api, stageName="prod")
    signed = tokens(clients, client, "ann")
    sub = claims(signed["IdToken"])["sub"]
    for path, token, expected in (
        ("/prod", signed["IdToken"], (200, sub)),
        ("/prod", signed["AccessToken"], (401, {"message": "Unauthorized"})),
        ("/prod/scoped", signed["AccessToken"], (200, sub)),
        ("/prod/scoped", signed["IdToken"], (401, {"message": "Unauthorized"})),
    ):
        status, _, body = call(clients, api, "GET", path, headers=[("X-Token", token)])
        assert (status, json.loads(body)) == expected, (path, status, body)
    exported = gateway.get_export(
        restApiId=api, stageName="prod", exportType="oas30", parameters={"extensions": "apigateway"}
    )
    exported = json.loads(exported["body"].read())
    found = exported["components"]["securitySchemes"]["players"]
    assert found["x-amazon-apigateway-authorizer"]["providerARNs"] == [arn], found
    assert exported["paths"]["/"]["get"]["security"] == [{"players": []}], exported
    custom = {"type": "token", "authorizerUri": "arn:aws:apigateway:us-east-1:lambda:path/f"}
    scheme["x-amazon-apigateway-authorizer"] = custom
    refused("BadRequestException", gateway.import_rest_api, "does not support the authorization type CUSTOM",
            body=json.dumps(document).encode())


def test_keys_of_a_pool(clients):
    """What a verifier of tokens reads, at the host for those without keys."""
    pool, client = place(clients)
    user(clients, pool, "ann")
    signed = tokens(clients, client, "ann")
    path = f"/{pool}/.well-known/jwks.json"
    status, headers, body = call(clients, None, "GET", path, host="cognito-idp.localhost")
    assert status == 200 and headers["access-control-allow-origin"] == "*"
    by_id = {key["kid"]: key for key in json.loads(body)["keys"]}
    for token in (signed["IdToken"], signed["AccessToken"]):
        head, payload, signature = token.split(".")
        header = json.loads(base64.urlsafe_b64decode(head + "=="))
        assert is_signature(by_id[header["kid"]], f"{head}.{payload}".encode(), signature)


def is_signature(key, message, signature):
    """RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017, 8.2.2)."""
    number = lambda text: int.from_bytes(base64.urlsafe_b64decode(text + "=="), "big")
    modulus = number(key["n"])
    size = (modulus.bit_length() + 7) // 8
    digest = bytes.fromhex("3031300d060960864801650304020105000420") + hashlib.sha256(message).digest()
    padded = b"\0\1" + b"\xff" * (size - len(digest) - 3) + b"\0" + digest
    return pow(number(signature), number(key["e"]), modulus).to_bytes(size, "big") == padded
