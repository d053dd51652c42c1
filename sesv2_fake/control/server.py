"""What a server answers: SES's operations, the control API and the page; of one fake or of many."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from werkzeug.wrappers import Request

from ..intercept.http_application import answer_operation, is_form, read_body
from ..operations.errors import HttpAnswer
from . import bodies, endpoints
from .endpoints import ENDPOINTS, Endpoint
from .openapi import document
from .registry import (
    Fakes,
    Held,
    NotFound,
    Server,
    TooMany,
)

_PREFIX = "/_sesv2_fake"
_OF_ONE_FAKE = re.compile(rf"{_PREFIX}/fakes/([^/]+)(/.*)?", re.DOTALL)

#: SNS says `text/plain` of its JSON, with a header that no web page can send unasked.
_FROM_SNS = "x-amz-sns-message-type"
_JSON = re.compile(r"application/(?:json|x-ndjson|[\w.-]+\+json)", re.ASCII)

_TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
#: What the page may do: nothing but its own.
_SAFE = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


class Control:
    """Answers every request for a fake (a `FakeSESv2`) and for those made beside it."""

    def __init__(self, fake: Any) -> None:
        self._first = Held(fake)
        self._fakes = Fakes(fake._beside)

    def __call__(self, request: Request) -> HttpAnswer | None:
        """Answer a request; None if the connection is to break."""
        beside = _OF_ONE_FAKE.fullmatch(request.path)
        # The URL of a fake by itself is the control API's, and SES v1's for a form.
        if beside is None or (beside[2] is None and not is_form(request)):
            return self._answer(self._first, request, request.path)
        try:
            held = self._fakes.get(beside[1])
        except NotFound as problem:
            return bodies.problem(404, str(problem))
        return self._answer(held, request, beside[2] or "/")

    def _answer(self, held: Held, request: Request, path: str) -> HttpAnswer | None:
        with held.by_its_clock():
            if path == "/" and request.method in _READING:
                return _file("index.html")
            if not path.startswith(f"{_PREFIX}/"):
                return answer_operation(lambda: held.account, request, path)
            return self._answer_control(held, request, path[len(_PREFIX) + 1 :])

    def _answer_control(self, held: Held, request: Request, path: str) -> HttpAnswer:
        is_first = held is self._first
        if request.method in _READING:
            if path == "openapi.json":
                known = [found for found in ENDPOINTS if is_first or not found.is_of_server]
                base = request.path.removesuffix(f"{_PREFIX}/{path}")
                return bodies.answer(200, document(known, _PREFIX, base))
            if path.startswith("page/") and (found := _file(path.removeprefix("page/"))):
                return found
        others = []
        for endpoint, pattern in _patterns():
            found_in_path = pattern.fullmatch(path)
            if found_in_path is None or (endpoint.is_of_server and not is_first):
                continue
            if endpoint.method == request.method.replace("HEAD", "GET"):
                subject = Server(self._fakes, _origin(request)) if endpoint.is_of_server else held
                return _answer_endpoint(endpoint, subject, request, found_in_path.groupdict())
            others.append(endpoint.method)
        if others:
            allowed = ", ".join(others)
            problem = f"expected {allowed}, got {request.method}"
            return bodies.problem(405, problem, {"Allow": allowed})
        return bodies.problem(
            404, f"the control API has no {path!r}; {_PREFIX}/openapi.json lists all"
        )


_READING = ("GET", "HEAD")


@cache
def _patterns() -> list[tuple[Endpoint, re.Pattern[str]]]:
    return [
        (endpoint, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", endpoint.path)))
        for endpoint in ENDPOINTS
    ]


def _origin(request: Request) -> str:
    return f"http://{request.headers['Host']}{_PREFIX}"


def _answer_endpoint(
    endpoint: Endpoint, subject: Held | Server, request: Request, in_path: Mapping[str, str]
) -> HttpAnswer:
    body = read_body(request, endpoint.limit)
    if endpoint.body is not None:
        problem = _problem_with_type(endpoint, request)
        if problem is not None:
            return bodies.problem(415, problem)
    try:
        parameters = bodies.parameters(request.args.to_dict(flat=False), endpoint.parameters)
        if endpoint.is_raw and request.headers.get(_FROM_SNS) == "SubscriptionConfirmation":
            found: Any = endpoints.confirm_subscription(body)
        else:
            arguments = _arguments(endpoint, body)
            found = endpoint.answer(subject, **in_path, **parameters, **arguments)
    except endpoints.At as problem:
        return bodies.answer(400, {"message": str(problem), "where": problem.where})
    except NotFound as problem:
        return bodies.problem(404, str(problem))
    except TooMany as problem:
        return bodies.problem(409, str(problem))
    except (TypeError, ValueError, LookupError) as problem:
        return bodies.problem(400, str(problem))
    return bodies.answer(endpoint.status, found)


def _problem_with_type(endpoint: Endpoint, request: Request) -> str | None:
    given = request.mimetype
    if _JSON.fullmatch(given) or (endpoint.is_raw and _FROM_SNS in request.headers):
        return None
    return f"Content-Type: expected application/json, got {given or 'none'!r:.100}"


def _arguments(endpoint: Endpoint, body: bytes) -> dict[str, Any]:
    if endpoint.body is None:
        return {}
    if endpoint.is_raw:
        return {"body": body}
    value = {} if endpoint.may_be_empty and not body else bodies.read(body)
    if "properties" in endpoint.body:
        return bodies.members(value, endpoint.body)
    return {"body": value}


@cache
def _file(name: str) -> HttpAnswer | None:
    """A file of the page; None if it has no such file."""
    known = {file.name: file for file in resources.files(__package__).joinpath("page").iterdir()}
    kind = _TYPES.get(name.rpartition(".")[2])
    if name not in known or kind is None:
        return None
    content = known[name].read_bytes()
    headers = {
        **_SAFE,
        "Content-Type": f"{kind}; charset=utf-8",
        "Content-Length": str(len(content)),
    }
    return HttpAnswer(200, headers, content)
