"""Requests that boto3 signs before the clock runs, so that the client takes little of the time."""

import concurrent.futures
import contextlib
import http.client
import time
import urllib.parse


class Kept(Exception):
    """What a call ends with whose request is kept."""


def signed(client, calls):
    """The requests of these calls, each a method of the client and its parameters, without sending any."""
    requests = []

    def keep(request, **_):
        requests.append(request)
        raise Kept

    client.meta.events.register("before-send", keep)
    for method, parameters in calls:
        with contextlib.suppress(Kept):
            getattr(client, method)(**parameters)
    client.meta.events.unregister("before-send", keep)
    return requests


def send(requests, threads):
    """Sends them at once from as many threads, each on its connection; returns the seconds and the bodies of the answers."""
    connections = [http.client.HTTPConnection(urllib.parse.urlsplit(requests[0].url).netloc) for _ in range(threads)]
    for connection in connections:
        connection.connect()

    def work(at):
        return [answer(connections[at], request) for request in requests[at::threads]]

    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        started = time.perf_counter()
        bodies = [body for part in pool.map(work, range(threads)) for body in part]
        seconds = time.perf_counter() - started
    for connection in connections:
        connection.close()
    return seconds, bodies


def answer(connection, request):
    connection.request(request.method, urllib.parse.urlsplit(request.url).path, request.body, dict(request.headers))
    response = connection.getresponse()
    body = response.read()
    assert response.status == 200, body
    return body
