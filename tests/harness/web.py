"""Plain HTTP requests to services of this machine."""

import json
import urllib.error
import urllib.request

# Never through a proxy: all of this is on this machine.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def request(method, url, body=None, headers=None, timeout=30):
    """(status, decoded JSON or text) of one request; a refusal is an answer, too."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", **(headers or {})}
    asked = urllib.request.Request(url, data, headers, method=method)
    try:
        with OPENER.open(asked, timeout=timeout) as answer:
            return answer.status, decoded(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, decoded(error.read())


def decoded(content):
    text = content.decode()
    try:
        return json.loads(text)
    except ValueError:
        return text


def get(url):
    return request("GET", url)


def text(url):
    """The body of an answer that must be 200."""
    with OPENER.open(url, timeout=30) as answer:
        return answer.read().decode()


def answers(url):
    """Whether it answers 200."""
    try:
        return get(url)[0] == 200
    except OSError:
        return False
