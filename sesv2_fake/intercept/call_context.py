"""A client's call from its first attempt to its last: who answers it, and what it asks."""

from __future__ import annotations

from contextlib import suppress
from typing import NoReturn, Protocol, TypeAlias
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest

from .. import checks
from ..account import Account
from ..operations import custom, dispatch, routes
from ..operations.requests import HttpRequest, attempt_of
from ..operations.routes import Route
from ..untyped import Untyped
from . import hosts
from .interceptor import interceptor

#: What botocore makes of an operation and its parameters, before it is a request.
RequestDict: TypeAlias = dict[str, Untyped]


class PreparedRequest(Protocol):
    """A request of botocore's or of `requests`, as it is about to be sent."""

    method: str
    url: str
    headers: Untyped
    body: Untyped


class CallContext:
    """A call from its first attempt to its last, and the account that answers all of them."""

    __slots__ = (
        "_hidden",
        "account",
        "answered_by_others",
        "is_alone",
        "is_second_try",
        "operation",
        "others_may_answer",
        "reached_handlers",
        "request",
        "request_dict",
        "retries_at_once",
        "route",
        "service",
        "unsigned",
        "url",
    )

    def __init__(
        self,
        account: Account,
        service: str,
        operation: str,
        route: Route | None,
        request_dict: RequestDict,
    ) -> None:
        self.account = account
        self.service = service
        self.operation = operation
        #: None of an operation that is not answered here.
        self.route = route
        #: What botocore carries through all attempts.
        self.request_dict = request_dict
        #: Where it goes; a handler of the user's may send an attempt elsewhere.
        self.url: str = request_dict["url"]
        #: A fault failed the last attempt: the next one follows without waiting, and at no cost
        #: to the client's retry quota or pacing.
        self.retries_at_once = False
        #: Whether moto or a Stubber is asked first: of sends and identities.
        self.others_may_answer = others_first = route is not None and route.others_first
        #: The same of the latest attempt: it was not answered here.
        self.answered_by_others = others_first
        #: A call that stays here needs no credentials.
        self.unsigned = route is not None and not others_first
        #: Nobody else has a handler of `before-send`; known if others are asked first.
        self.is_alone = False
        self.reached_handlers = False
        self.is_second_try = False
        #: The latest attempt.
        self.request: HttpRequest | None = None
        self._hidden: AWSPreparedRequest | None = None

    @property
    def stays_here(self) -> bool:
        """Whether it never leaves the process. Calls to a user's own endpoint may leave."""
        is_answered_here = self.route is not None and not self.answered_by_others
        return is_answered_here or hosts.is_aws(self.url)

    def hide_url(self, request: AWSPreparedRequest) -> None:
        """Let the other handlers of `before-send` find no URL of SES in an answered attempt.

        Every handler is called, even after one has answered, and moto's raises NotImplementedError
        for the URLs of operations that it does not know.
        """
        self.show_url()  # of the attempt before
        self.url, request.url = request.url, "sesv2-fake:answered"
        self._hidden = request

    def show_url(self) -> None:
        """Give the attempt whose URL was hidden its own again: somebody may have kept it."""
        if self._hidden is not None:
            self._hidden.url = self.url
            self._hidden = None


def retries_at_once() -> bool:
    """Whether the call of this thread or task was failed by a fault just now."""
    call = interceptor.current_call.get()
    return call is not None and call.retries_at_once


def call_under(
    account: Account, service: str, operation: str, request_dict: RequestDict
) -> CallContext | None:
    """A call of SES that this account answers or refuses; None if it is let out."""
    options = account.options
    route = custom.route_of(account, service, operation)
    if route is None and options["other_operations"] == "allow":
        return None
    return CallContext(account, service, operation, route, request_dict)


def _body_of(request: PreparedRequest) -> bytes:
    """The body of a request; a GET in SES v1's protocol has it in its URL. [guide]"""
    if request.method == "GET":
        parts = urlsplit(request.url)
        if not parts.path.strip("/"):
            return str(parts.query).encode()
    return _bytes(request.body)


def _bytes(body: Untyped) -> bytes:
    """A body as botocore and `requests` take it: text, bytes, a file, or an iterable of bytes."""
    if type(body) is bytes:  # nearly all
        return body
    if body is None or isinstance(body, (bytes, bytearray)):
        return bytes(body or b"")
    if isinstance(body, str):
        return body.encode()
    if not hasattr(body, "read"):
        return b"".join(map(_bytes, body))
    read = _bytes(body.read())
    with suppress(AttributeError):
        body.seek(0)  # the request may go on to somebody else
    return read


def request_of(call: CallContext, request: PreparedRequest) -> HttpRequest:
    """What an attempt at a call asks the account."""
    context = call.request_dict["context"]
    retries = context.get("retries")
    return HttpRequest(
        context["client_region"],
        _body_of(request),
        retries["attempt"] if retries else 1,
        call.request_dict["url_path"],
        request.url.partition("?")[2],
    )


def untracked_call(request: PreparedRequest) -> CallContext | None:
    """The call that a request of botocore's or `requests`' is of, which no client is known to make.

    None if it is not SES's, if it may leave, or if no fake is active. Raises RuntimeError if its
    region is not to be seen: it must not leave, and has no answer.
    """
    fake = interceptor.innermost()
    if fake is None:
        return None
    region, service = hosts.signed_for(_header(request, "Authorization"), request.url)
    if not hosts.is_ses(request.url, service):
        return None
    region = region or hosts.region_of(request.url)
    attempt = attempt_of(_header(request, "amz-sdk-request"))
    carried = {
        "url": request.url,
        "url_path": urlsplit(request.url).path,
        "context": {"client_region": region or "unknown", "retries": {"attempt": attempt}},
    }
    call = call_under(fake.account, *_operation_of(request), carried)
    if call is None or not call.stays_here:
        return None
    if call.route is not None and region is None:
        raise RuntimeError(
            f"sesv2_fake is active, and a call to {request.url} that it did not see beginning was "
            "about to leave the process. It has no answer, since it names no region; did it "
            "begin before the fake, in another thread?"
        )
    # Others have been asked by now.
    call.others_may_answer = False
    return call


def _operation_of(request: PreparedRequest) -> tuple[str, str]:
    """The service and the operation's name, or the method and path of an unknown one."""
    path = urlsplit(request.url).path
    action = "" if path.strip("/") else routes.action_of(_body_of(request))
    if action:
        return "ses", action
    return "sesv2", custom.operation_at(request.method, path) or f"{request.method} {path}"


def refuse(call: CallContext, request: PreparedRequest) -> NoReturn:
    """Refuse an attempt that nobody answers.

    Raises RuntimeError.
    """
    problem = "is not answered by sesv2_fake, and was about to leave for AWS"
    line = checks.users_line()
    # The code under test may swallow the exception.
    dispatch.note_unanswered(
        call.account, call.service, call.operation, request_of(call, request), problem
    )
    error = RuntimeError(
        f"{call.operation} {problem} ({line}). "
        f"{custom.advice(call.account, call.service, call.operation)}"
    )
    unanswered, place = call.account.unanswered, f"{call.operation} ({line})"
    if place not in unanswered or checks.was_caught_by_test(unanswered[place]):
        unanswered[place] = error
    try:
        raise error
    finally:
        del error  # else the error and this frame hold each other


def _header(request: PreparedRequest, name: str) -> str:
    value: str | bytes = request.headers.get(name, "")
    return value.decode() if isinstance(value, bytes) else value
