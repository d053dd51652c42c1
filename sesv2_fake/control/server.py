"""What a server answers: SES's operations, the control API and the page; of one fake or of many."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request

from ..intercept.http_application import (
    DIVERGENCE,
    answer_operation,
    is_form,
    read_body,
)
from ..operations.errors import HttpAnswer
from ..untyped import JSONObject
from . import bodies
from .endpoints import (
    Endpoint,
    InvalidPart,
    confirm_subscription,
    endpoints,
    sent,
)
from .openapi import document
from .schemas import as_json, html
from .served_fakes import (
    LimitReached,
    NotFound,
    Registry,
    ServedFake,
    Server,
)

if TYPE_CHECKING:
    from ..fake import FakeSESv2

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
        "img-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


#: What the HTML of an email may do: be looked at, with its own styles and the images within it.
_SANDBOXED = {
    **_SAFE,
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'self'; sandbox"
    ),
    "X-DNS-Prefetch-Control": "off",
}
#: Tags for which a browser connects before it asks the policy.
_CONNECTING = re.compile(r"<(?=(?:link|iframe|frame|object|embed|portal)\b)", re.IGNORECASE)


#: What differs between two messages of one kind.
_DETAILS = re.compile(r"'[^']*'|<[^>]*>|\d+")


class Control:
    """Answers every request for a fake and for those that were made beside it."""

    def __init__(self, fake: FakeSESv2, tell: Callable[[str], object] = str) -> None:
        #: Is told, once a kind, what the live service would have refused.
        self._tell = tell
        self._told: set[str] = set()
        self._first = ServedFake(fake)
        self._registry = Registry(fake)
        # mypy does not know that a class has a hash.
        found = endpoints(type(fake))  # type: ignore[arg-type]
        self._endpoints = [(one, _pattern(one)) for one in found]

    def __call__(self, request: Request) -> HttpAnswer | None:
        """Answer a request; None if the connection is to break."""
        beside = _OF_ONE_FAKE.fullmatch(request.path)
        # The URL of a fake by itself is the control API's, and SES v1's for a form.
        if beside is None or (beside[2] is None and not is_form(request)):
            return self._answer(self._first, request, request.path)
        try:
            served = self._registry.get(beside[1])
        except NotFound as problem:
            return bodies.problem(404, str(problem))
        return self._answer(served, request, beside[2] or "/")

    def _answer(self, served: ServedFake, request: Request, path: str) -> HttpAnswer | None:
        with served.using_its_clock():
            if path == "/" and request.method in _READING and not is_form(request):
                return _file("index.html")
            if not path.startswith(f"{_PREFIX}/"):
                answer = answer_operation(lambda: served.account, request, path)
                self._tell_divergence("" if answer is None else answer.headers.get(DIVERGENCE, ""))
                return answer
            return self._answer_control(served, request, path[len(_PREFIX) + 1 :])

    def _tell_divergence(self, text: str) -> None:
        kind = _DETAILS.sub("", text)
        if text and kind not in self._told:
            self._told.add(kind)
            self._tell(
                f"the documentation of SES allows this, but the live service refuses it: {text} "
                "With --contract live it is refused here too."
            )

    def _answer_control(self, served: ServedFake, request: Request, path: str) -> HttpAnswer:
        known = [
            (endpoint, pattern)
            for endpoint, pattern in self._endpoints
            if served is self._first or not endpoint.is_of_server
        ]
        if request.method in _READING:
            if path == "openapi.json":
                base = request.path.removesuffix(f"{_PREFIX}/{path}")
                described = [endpoint for endpoint, _ in known]
                return bodies.response(200, document(described, _PREFIX, base))
            if path.startswith(_HTML_OF):
                return _html_of(served, path.removeprefix(_HTML_OF))
            if path.startswith("page/") and (found := _file(path.removeprefix("page/"))):
                return found
        others = []
        for endpoint, pattern in known:
            found_in_path = pattern.fullmatch(path)
            if found_in_path is None:
                continue
            if endpoint.method == request.method.replace("HEAD", "GET"):
                server = Server(self._registry, f"http://{request.headers['Host']}{_PREFIX}")
                subject = server if endpoint.is_of_server else served
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


def _pattern(endpoint: Endpoint) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", endpoint.path))


def _answer_endpoint(
    endpoint: Endpoint, subject: ServedFake | Server, request: Request, in_path: Mapping[str, str]
) -> HttpAnswer:
    body = read_body(request, endpoint.limit)
    if endpoint.body is not None:
        problem = _problem_with_type(endpoint, request)
        if problem is not None:
            return bodies.problem(415, problem)
    try:
        parameters = bodies.parameters(request.args.to_dict(flat=False), endpoint.parameters)
        if endpoint.is_raw and request.headers.get(_FROM_SNS) == "SubscriptionConfirmation":
            found: object = confirm_subscription(body)
        else:
            arguments = _arguments(endpoint, body)
            found = endpoint.answer(subject, **in_path, **parameters, **arguments)
    except InvalidPart as problem:
        return bodies.response(400, {"message": str(problem), "where": problem.where})
    except NotFound as problem:
        return bodies.problem(404, str(problem))
    except LimitReached as problem:
        return bodies.problem(409, str(problem))
    except (TypeError, ValueError, LookupError) as problem:
        return bodies.problem(400, str(problem))
    return bodies.response(endpoint.status, None if found is None else as_json(found))


def _problem_with_type(endpoint: Endpoint, request: Request) -> str | None:
    given = request.mimetype
    if _JSON.fullmatch(given) or (endpoint.is_raw and _FROM_SNS in request.headers):
        return None
    return f"Content-Type: expected application/json, got {given or 'none'!r:.100}"


def _arguments(endpoint: Endpoint, body: bytes) -> JSONObject:
    if endpoint.body is None:
        return {}
    if endpoint.is_raw:
        return {"body": body}
    value = {} if endpoint.may_be_empty and not body else bodies.parse(body)
    if "properties" in endpoint.body:
        return bodies.check_members(value, endpoint.body)
    return {"body": value}


#: Where the page finds the HTML of an email, by its message id.
_HTML_OF = "page/html/"


def _html_of(served: ServedFake, message_id: str) -> HttpAnswer:
    try:
        text = html(sent(served, message_id)) or ""
    except NotFound as problem:
        return bodies.problem(404, str(problem))
    content = _CONNECTING.sub("<x-", text).encode(errors="replace")
    headers = {**_SANDBOXED, "Content-Type": "text/html; charset=utf-8"}
    return HttpAnswer(200, {**headers, "Content-Length": str(len(content))}, content)


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
