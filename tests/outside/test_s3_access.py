"""Who can send requests to S3: links, signatures, bodies, other keys."""

import base64
import datetime
import http.client
import urllib.parse
import uuid
import zlib

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest

from s3_support import MIB, a_bucket, asked, client_with, fetched, keys_of, link, refused


def test_a_link_works_for_whoever_has_it(clients):
    with a_bucket(clients) as name:
        where = {"Bucket": name, "Key": "a b/ü"}
        # The second is what botocore makes unless it is told otherwise.
        for version in ("s3v4", None):
            put = link(clients, "put_object", version, **where)
            assert ("X-Amz-Signature" in put) == (version == "s3v4"), put
            assert fetched(put, "PUT", b"by link")[0] == 200
            get = link(clients, version=version, **where)
            assert fetched(get) == (200, b"by link")
            assert fetched(get, headers={"Range": "bytes=0-1"}) == (206, b"by")
            # Which is as none.
            assert fetched(get, headers={"Range": "bytes=1-0"}) == (200, b"by link")
            assert fetched(get, headers={"Range": "bytes=0-1,3-4"}) == (200, b"by link")
            typed = link(clients, version=version, **where, ResponseContentType="text/plain")
            assert asked(typed).headers["content-type"] == "text/plain"
            assert fetched(link(clients, "delete_object", version, **where), "DELETE")[0] == 204
            assert fetched(get)[0] == 404


def test_a_link_is_for_one_request_only(clients):
    with a_bucket(clients) as name:
        clients.s3.put_object(Bucket=name, Key="a", Body=b"1")
        clients.s3.put_object(Bucket=name, Key="b", Body=b"2")
        get = link(clients, Bucket=name, Key="a")
        old = link(clients, version=None, Bucket=name, Key="a")
        for forged in (
            get.replace("/a?", "/b?"),
            get.replace("X-Amz-Expires=60", "X-Amz-Expires=61"),
            get + "&response-content-type=text/html",
            get[:-1] + ("0" if get[-1] != "0" else "1"),
            old.replace("/a?", "/b?"),
            old.replace("Expires=", "Expires=1"),
            old.replace("Signature=", "Signature=A"),
            old + "&response-content-type=text/html",
        ):
            status, body = fetched(forged)
            assert status == 403 and b"SignatureDoesNotMatch" in body, (forged, body)
        assert fetched(old + "&attributes")[0] == 400
        for url in (get, old):
            assert fetched(url, "DELETE")[0] == 403
            assert fetched(url, "PUT", b"3")[0] == 403
        for version in ("s3v4", None):
            put = link(clients, "put_object", version, Bucket=name, Key="a")
            extended = {"x-amz-copy-source": f"{name}/b"}
            assert fetched(put, "PUT", b"", extended)[0] == 403
        assert fetched(get) == (200, b"1")


def test_headers_in_the_query_of_a_link_count(clients):
    with a_bucket(clients) as name:
        clients.s3.put_object(Bucket=name, Key="a", Body=b"1")

        def put(**query):
            request = AWSRequest("PUT", f"{clients.endpoint}/{name}/a", params=query)
            S3SigV4QueryAuth(keys_of(clients), "s3", "us-east-1", expires=60).add_auth(request)
            return fetched(request.prepare().url, "PUT", b"2")

        status, body = put(**{"If-Match": '"0"'})
        assert status == 412 and b"<Condition>If-Match</Condition>" in body, body
        status, body = put(**{"x-amz-acl": "public-read"})
        assert status == 400 and b"AccessControlListNotSupported" in body, body
        assert put(**{"x-amz-meta-from": "link", "x-amz-tagging": "a=1"})[0] == 200
        head = clients.s3.head_object(Bucket=name, Key="a")
        assert head["Metadata"] == {"from": "link"} and head["TagCount"] == 1


def test_a_form_is_refused_by_its_name(clients):
    with a_bucket(clients) as name:
        post = client_with(clients).generate_presigned_post(name, "a")
        head = "--b\r\nContent-Disposition: form-data; name="
        parts = [f'{head}"{it}"\r\n\r\n{value}\r\n' for it, value in post["fields"].items()]
        parts.append(f'{head}"file"\r\n\r\nx\r\n--b--\r\n')
        form = {"content-type": "multipart/form-data; boundary=b"}
        status, body = fetched(post["url"], "POST", "".join(parts).encode(), form)
        assert status == 501 and b"POST Object" in body, body


def test_an_empty_body_that_is_announced_ends_the_connection(clients):
    with a_bucket(clients) as name:
        put = link(clients, "put_object", Bucket=name, Key="a")
        headers = {"Expect": "100-continue", "Content-Length": "0"}
        answer = asked(put, "PUT", b"", headers)
        assert answer.status == 200 and answer.headers["connection"] == "close"


def test_a_link_ends(clients):
    with a_bucket(clients) as name:
        clients.s3.put_object(Bucket=name, Key="a", Body=b"1")

        def dated(signed_at, seconds):
            request = AWSRequest("GET", f"{clients.endpoint}/{name}/a")
            signer = S3SigV4QueryAuth(keys_of(clients), "s3", "us-east-1", expires=seconds)
            stamp = signed_at.strftime("%Y%m%dT%H%M%SZ")
            request.context["timestamp"] = stamp
            signer._modify_request_before_signing(request)
            request.context["timestamp"] = stamp
            canonical = signer.canonical_request(request)
            text = signer.string_to_sign(request, canonical)
            signer._inject_signature_to_request(request, signer.signature(text, request))
            return fetched(request.url)

        old = client_with(clients).generate_presigned_url(
            "get_object", Params={"Bucket": name, "Key": "a"}, ExpiresIn=-1
        )
        status, body = fetched(old)
        assert status == 403 and b"Request has expired" in body, body
        now = datetime.datetime.now(datetime.timezone.utc)
        assert dated(now, 60)[0] == 200
        status, body = dated(now - datetime.timedelta(seconds=90), 60)
        assert status == 403 and b"Request has expired" in body, body
        status, body = dated(now + datetime.timedelta(minutes=20), 60)
        assert status == 403, body
        status, body = dated(now, 604_801)
        assert status == 400 and b"AuthorizationQueryParametersError" in body, body


def test_a_link_is_for_one_host(clients):
    with a_bucket(clients) as name:
        clients.s3.put_object(Bucket=name, Key="a", Body=b"1")
        get = link(clients, Bucket=name, Key="a")
        host = urllib.parse.urlsplit(get).netloc
        assert fetched(get, headers={"Host": host})[0] == 200
        status, body = fetched(get, headers={"Host": host.replace("127.0.0.1", "localhost")})
        assert status == 403 and b"SignatureDoesNotMatch" in body
        status, body = fetched(get, headers={"Host": "example.org"})
        assert status == 403 and b"AccessDenied" in body
        old = link(clients, version=None, Bucket=name, Key="a")
        assert fetched(old, headers={"Host": "example.org"})[0] == 403


def test_unsigned_requests_are_refused(clients):
    with a_bucket(clients) as name:
        clients.s3.put_object(Bucket=name, Key="a", Body=b"1")
        for method, path in (
            ("GET", f"/{name}/a"),
            ("GET", f"/{name}"),
            ("GET", "/"),
            ("PUT", f"/{name}/b"),
            ("DELETE", f"/{name}/a"),
            ("POST", f"/{name}?delete"),
        ):
            data = b"" if method in ("PUT", "POST") else None
            status, body = fetched(clients.endpoint + path, method, data)
            assert status == 403 and b"AccessDenied" in body, (method, path, body)
        # Nor what only looks as if it were signed.
        claim = "X-Amz-Credential=K/20260101/us-east-1/s3/aws4_request&X-Amz-SignedHeaders=host"
        for query in (f"{claim}&x-amz-signature=0", f"{claim}&X-Amz-Signature={'0' * 64}"):
            query += "&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=60&X-Amz-Date=20260101T000000Z"
            assert fetched(f"{clients.endpoint}/{name}/a?{query}")[0] == 403
        form = {"content-type": "multipart/form-data; boundary=b"}
        status, _ = fetched(f"{clients.endpoint}/{name}?{claim}&X-Amz-Signature=0", "POST", b"--b", form)
        assert status == 501
        status, _ = fetched(f"{clients.endpoint}/{name}/a", headers={"Origin": "http://localhost"})
        assert status == 403


def test_requests_signed_with_other_keys_are_refused(clients):
    with refused("InvalidAccessKeyId", 403):
        client_with(clients, "AKIDUNKNOWN").list_buckets()
    with refused("SignatureDoesNotMatch", 403):
        client_with(clients, secret="wrong").list_buckets()
    with refused("InvalidToken", 400):
        client_with(clients, token="a-token").list_buckets()


def test_a_body_is_what_was_signed(clients):
    with a_bucket(clients) as name:
        request = AWSRequest("PUT", f"{clients.endpoint}/{name}/a", data=b"right")
        S3SigV4Auth(keys_of(clients), "s3", "us-east-1").add_auth(request)
        headers = dict(request.headers)
        status, body = fetched(request.url, "PUT", b"wrong", headers)
        assert status == 400 and b"XAmzContentSHA256Mismatch" in body, body
        with refused("404"):
            clients.s3.head_object(Bucket=name, Key="a")
        assert fetched(request.url, "PUT", b"right", headers)[0] == 200


def test_a_trailing_checksum(clients):
    with a_bucket(clients) as name:
        contents = b"some contents"

        def put(body, crc, length=None):
            value = base64.b64encode(zlib.crc32(crc).to_bytes(4, "big")).decode()
            chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:5], body[5:]))
            data = chunks + f"0\r\nx-amz-checksum-crc32:{value}\r\n\r\n".encode()
            headers = {
                "Content-Encoding": "aws-chunked",
                "X-Amz-Trailer": "x-amz-checksum-crc32",
                "X-Amz-Decoded-Content-Length": str(length or len(body)),
            }
            request = AWSRequest("PUT", f"{clients.endpoint}/{name}/a", data=data, headers=headers)
            request.context["checksum"] = {
                "request_algorithm": {"in": "trailer", "algorithm": "crc32"}
            }
            # Which botocore does over HTTPS only.
            request.url = request.url.replace("http:", "https:")
            S3SigV4Auth(keys_of(clients), "s3", "us-east-1").add_auth(request)
            url = request.url.replace("https:", "http:")
            assert request.headers["X-Amz-Content-SHA256"] == "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
            return fetched(url, "PUT", data, dict(request.headers))

        status, body = put(contents, contents)
        assert status == 200, body
        head = clients.s3.get_object(Bucket=name, Key="a", ChecksumMode="ENABLED")
        assert head["ChecksumCRC32"] and head["Body"].read() == contents
        assert "ContentEncoding" not in head
        status, body = put(contents, b"other")
        assert status == 400 and b"BadDigest" in body, body
        status, body = put(contents, contents, length=len(contents) + 1)
        assert status == 400 and b"IncompleteBody" in body, body


def test_a_refusal_arrives_although_the_body_is_large(clients):
    contents = b"x" * (20 * MIB)
    put = link(clients, "put_object", Bucket=f"test-{uuid.uuid4().hex}", Key="a")
    status, body = fetched(put, "PUT", contents)
    assert status == 404 and b"NoSuchBucket" in body, body
    status, body = fetched(put[:-1] + "x", "PUT", contents)
    assert status in (400, 403), body


def test_an_upload_that_breaks_off_leaves_nothing(clients):
    with a_bucket(clients) as name:
        clients.s3.put_object(Bucket=name, Key="a", Body=b"before")
        url = urllib.parse.urlsplit(link(clients, "put_object", Bucket=name, Key="a"))
        connection = http.client.HTTPConnection(url.hostname, url.port, timeout=10)
        connection.putrequest("PUT", f"{url.path}?{url.query}")
        connection.putheader("Content-Length", str(10 * MIB))
        connection.endheaders()
        connection.send(b"x" * (3 * MIB))
        connection.close()
        assert clients.s3.get_object(Bucket=name, Key="a")["Body"].read() == b"before"


if __name__ == "__main__":
    raise SystemExit("run these with tests/outside/run.py")


def test_a_link_of_temporary_keys_needs_their_token(clients):
    with a_bucket(clients) as name:
        clients.s3.put_object(Bucket=name, Key="a", Body=b"1")
        keys = clients.sts.get_session_token()["Credentials"]
        key, secret, token = (keys[it] for it in ("AccessKeyId", "SecretAccessKey", "SessionToken"))
        for version in ("s3", "s3v4"):

            def got(with_token):
                client = client_with(clients, key, secret, with_token, signature_version=version)
                parameters = {"Bucket": name, "Key": "a"}
                return client.generate_presigned_url("get_object", Params=parameters, ExpiresIn=60)

            assert fetched(got(token)) == (200, b"1"), version
            for other in (None, "another"):
                status, body = fetched(got(other))
                assert status in (400, 403) and b"<Code>" in body, (version, body)
            doubled = got(token) + "&response-content-type=text/html&response-content-type=text/plain"
            status, body = fetched(doubled)
            assert status in (400, 403), (version, body)
