"""Calls under way: who answers each, and what its attempts ask."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any, cast

from botocore.awsrequest import AWSPreparedRequest

from ..account import Account
from ..api import routes, wire
from ..api.routes import Route
from ..api.wire import HttpRequest
from . import hosts

SERVICES = ("sesv2", "ses")


class UnderWay:
    """A call from its first attempt to its last, and the account that answers all of them."""

    __slots__ = (
        "account",
        "answered_by_others",
        "is_second_try",
        "operation",
        "others_may_answer",
        "reached_its_handlers",
        "request",
        "request_dict",
        "retries_at_once",
        "route",
        "unsigned",
        "url",
    )

    def __init__(
        self, account: Account, operation: str, route: Route | None, request_dict: dict[str, Any]
    ) -> None:
        self.account = account
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
        #: A send that somebody else may answer, such as moto; nobody else is asked of the others.
        self.others_may_answer = route is not None and route.is_send
        #: The same of the latest attempt: it was not answered here.
        self.answered_by_others = self.others_may_answer
        #: A call that stays here needs no credentials.
        self.unsigned = route is not None and not route.is_send
        self.reached_its_handlers = False
        self.is_second_try = False
        #: The latest attempt.
        self.request: HttpRequest | None = None

    @property
    def stays_here(self) -> bool:
        """Whether it never leaves the process: an endpoint of the user's own it may reach."""
        return (not self.answered_by_others and self.route is not None) or self._is_to_aws

    @property
    def _is_to_aws(self) -> bool:
        return hosts.is_aws(self.url)


#: The call of this thread or task.
current: ContextVar[UnderWay | None] = ContextVar("sesv2_fake_call", default=None)


def retries_at_once() -> bool:
    """Whether the call of this thread or task was failed by a fault just now."""
    call = current.get()
    return call is not None and call.retries_at_once


def begun_under(
    account: Account, service: str, operation: str, request_dict: dict[str, Any]
) -> UnderWay | None:
    """A call of SES that this account answers or refuses; None if it is let out."""
    options = account.options
    route = routes.named(service, operation)
    if route is not None and route.is_send and not options["capture_sends"]:
        route = None
    if route is None and options["other_operations"] == "allow":
        return None
    return UnderWay(account, operation, route, request_dict)


def body_of(request: AWSPreparedRequest) -> bytes:
    """The body that an attempt sends."""
    body = request.body or b""
    return body.encode() if isinstance(body, str) else cast(bytes, body)


def attempt_of(call: UnderWay, request: AWSPreparedRequest) -> HttpRequest:
    """What an attempt at a call asks the account."""
    sdk_request = cast(bytes, request.headers.get("amz-sdk-request", b""))
    return HttpRequest(
        call.request_dict["context"]["client_region"],
        body_of(request),
        wire.attempt_of(sdk_request.decode()),
        call.request_dict["url_path"],
    )
