"""The last step before a socket: a call of SES is answered or refused there, and nothing leaves."""

from __future__ import annotations

from typing import cast

import botocore
import botocore.awsrequest
import botocore.exceptions
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders

from ..operations import dispatch
from ..operations.calls import Outcome
from ..operations.errors import HttpAnswer
from ..operations.faults import DROPS, Drop
from . import retries
from .call_context import (
    CallContext,
    refuse,
    request_of,
    untracked_call,
)
from .interceptor import interceptor, warn_of
from .parsing import Body
from .patching import Function


class _Raw:
    """What stands for the response on the wire; aiobotocore reads its headers there till 2.21."""

    def __init__(self, headers: dict[str, str]) -> None:
        self._headers = headers

    @property
    def raw_headers(self) -> list[tuple[bytes, bytes]]:
        return [(name.encode(), value.encode()) for name, value in self._headers.items()]


class Response(AWSResponse):
    """An answer that never was on a wire."""

    def __init__(self, url: str, answer: HttpAnswer) -> None:
        headers = cast(HTTPHeaders, answer.headers)
        super().__init__(url, answer.status, headers, _Raw(answer.headers))
        self._content = body = Body(answer.body)
        body.members = answer.members


def exception_of(drop: Drop, url: str) -> Exception:
    """The exception that a connection fault asks for, as botocore raises it."""
    if isinstance(drop, Exception):
        return drop.with_traceback(None)
    exception = getattr(botocore.exceptions, DROPS[drop]) if isinstance(drop, str) else drop
    return cast(Exception, exception(endpoint_url=url, error="dropped by sesv2_fake"))


def response_of(call: CallContext, request: AWSPreparedRequest, outcome: Outcome) -> AWSResponse:
    """The response to an attempt; a connection fault raises its exception."""
    # An untracked call is not known where botocore decides on retries.
    call.retries_at_once = outcome.retry_at_once and call is interceptor.current_call.get()
    if call.retries_at_once:
        retries.make_instant()
    if outcome.diverging:
        warn_of(outcome.diverging)
    if outcome.http is None:
        raise exception_of(outcome.drop, request.url)
    return Response(request.url, outcome.http)


def _answer_or_refuse(call: CallContext, request: AWSPreparedRequest) -> AWSResponse | None:
    """What becomes of an attempt that nobody has answered; None if it may leave the process."""
    call.url = request.url
    if call.route is not None and call.stays_here:
        call.answered_by_others = False
        attempt = request_of(call, request)
        # What the test set up for a send has come before the others were asked.
        how = dispatch.reply if call.others_may_answer else dispatch.answer
        return response_of(call, request, how(call.account, call.route, attempt))
    if call.route is None and call.stays_here and not _connections_are_replaced():
        refuse(call, request)
    return None


def _connections_are_replaced() -> bool:
    """Whether somebody has replaced botocore's connections, as vcrpy does, and will answer."""
    connection = botocore.awsrequest.AWSHTTPSConnectionPool.ConnectionCls
    return connection is not botocore.awsrequest.AWSHTTPSConnection or not str(
        connection.__module__
    ).startswith("botocore.")


def guarding(send: Function) -> Function:
    """Let nothing leave by accident, whatever became of the client's handlers.

    `send` is that of an endpoint, or of a session that somebody uses without one.
    """

    def sending(
        sender: object, request: AWSPreparedRequest, *args: object, **kwargs: object
    ) -> object:
        response = _answer_before_the_socket(sender, request)
        return send(sender, request, *args, **kwargs) if response is None else response

    return sending


def guarding_async(send: Function) -> Function:
    """The same of aiobotocore's."""

    async def sending(
        sender: object, request: AWSPreparedRequest, *args: object, **kwargs: object
    ) -> object:
        response = _answer_before_the_socket(sender, request)
        return await send(sender, request, *args, **kwargs) if response is None else response

    return sending


def _answer_before_the_socket(sender: object, request: AWSPreparedRequest) -> AWSResponse | None:
    if _is_replaced_by_test(getattr(sender, "http_session", sender)):
        return None
    call = interceptor.current_call.get() or untracked_call(request)
    return None if call is None else _answer_or_refuse(call, request)


def _is_replaced_by_test(session: object) -> bool:
    """Whether a session sends nothing: a mock, or one whose `send` a test has replaced."""
    return "send" in getattr(session, "__dict__", ()) or not hasattr(type(session), "send")
