"""A request is answered: by a fault, else by its operation; and the call is noted."""

from __future__ import annotations

import warnings

from .. import checks
from ..account import Account
from ..counting import timestamps
from ..untyped import Members
from . import calls, custom, faults
from .calls import (
    Call,
    Outcome,
    Reply,
    divergences_of,
)
from .errors import (
    HttpAnswer,
    Refusal,
    is_own_request_id,
    unknown,
)
from .faults import ConnectionFault
from .query_protocol import PROTOCOLS
from .requests import HttpRequest
from .routes import Route


def answer(account: Account, route: Route, request: HttpRequest) -> Outcome:
    """What becomes of a request: what the test set up for it, else the operation's reply."""
    return planned(account, route, request) or reply(account, route, request)


def planned(account: Account, route: Route, request: HttpRequest) -> Outcome | None:
    """What a fault or an answer of the test makes of a request; None if there is none."""
    failed = _failed(account, route, request) if account.faults else None
    return failed or (_custom(account, route, request) if account.answers else None)


def _custom(account: Account, route: Route, request: HttpRequest) -> Outcome | None:
    answer = custom.take_answer(account, route.key)
    if answer is None:
        return None
    try:
        response = answer._answer(route.key, request)
    except Refusal as refusal:
        at_once = account.options["instant_retries"]
        return _refused(account, route, request, refusal, retry_at_once=at_once)
    note_answered_by_others(account, route, request, response)
    return Outcome(PROTOCOLS[route.service].answer(route.operation, response))


def _failed(account: Account, route: Route, request: HttpRequest) -> Outcome | None:
    fault = faults.triggered_by_call(account, route.key)
    if fault is None:
        return None
    at_once = account.options["instant_retries"]
    if isinstance(fault, ConnectionFault):
        _note(account, route, request, Reply(), (fault._error, "the connection was dropped"))
        return Outcome(None, fault._drop, retry_at_once=at_once)
    return _refused(account, route, request, fault._refusal(route.key), retry_at_once=at_once)


def reply(account: Account, route: Route, request: HttpRequest) -> Outcome:
    """What the operation replies to a request, or why it refuses it."""
    protocol = PROTOCOLS[route.service]
    try:
        if not account.options["capture_sends"] and route.is_send:
            raise unknown(f"{route.operation} under capture_sends=False")
        with account.metrics.answering():
            replied = _replied(account, route, request)
    except Refusal as refusal:
        return _refused(account, route, request, protocol.named(refusal))
    _note(account, route, request, replied)
    return Outcome(protocol.answer(route.operation, replied.payload), diverging=replied.diverging)


def _replied(account: Account, route: Route, request: HttpRequest) -> Reply:
    """What the operation replies; a call that is refused does not count against its rate limit.

    [open: refused-calls]. Raises Refusal.
    """
    if not account.options["enforce_rate_limits"] or route.calls_a_second is None:
        return route.answer(account, request)
    if not account.rate_limits.take(route.operation, request.region, route.calls_a_second):
        raise Refusal(
            "TooManyRequestsException", "Too many requests have been made to the operation."
        )
    try:
        return route.answer(account, request)
    except Refusal:
        account.rate_limits.give_back(route.operation, request.region)
        raise


def note_answered_by_others(
    account: Account, route: Route, request: HttpRequest, response: Members
) -> None:
    """Note a call that somebody else has answered, with the response as botocore parsed it."""
    replied, send = Reply(), route.send
    if send is None:
        request_id = response.get("ResponseMetadata", {}).get("RequestId", "")
        if not is_own_request_id(request_id):  # else this account's own HTTP server answered
            _note(account, route, request, replied)
        return
    if not account.own_ids.isdisjoint(send.ids(response)):
        return  # this account's own HTTP server accepted it
    try:
        replied.emails = send.accepted_by_others(account, request, response)
    except Refusal as refusal:
        warnings.warn(
            f"{route.operation} was accepted by others, and is not in the outbox of "
            f"sesv2_fake, which would have refused it: {refusal.message}",
            stacklevel=checks.levels_to_user(),
        )
    _note(account, route, request, replied)


def warn_of_unanswered(account: Account) -> None:
    """Warn of calls that nobody answers, of a test that passed: its code swallowed the error."""
    swallowed = [
        place for place, error in account.unanswered.items() if not checks.was_caught_by_test(error)
    ]
    if swallowed:
        warnings.warn(
            "SES calls that nobody answers were refused, and the test passed all the same: "
            + ", ".join(swallowed),
            stacklevel=checks.levels_to_user(),
        )


def note_unanswered(
    account: Account,
    service: str,
    operation: str,
    request: HttpRequest,
    problem: str,
    *,
    error: str = "RuntimeError",
) -> None:
    """Note a call that nobody answers: what it failed with, and why."""
    account.calls.append(
        Call(
            operation,
            request.region,
            timestamps.to_datetime(timestamps.now()),
            request.attempt,
            error,
            problem,
            _service=service,
            _request=request,
        )
    )
    account.forget_older()


def refuse_unknown(
    account: Account, service: str, operation: str | None, where: str, request: HttpRequest
) -> HttpAnswer:
    """Refuse and note a call of an operation that is not answered here.

    `operation` is its name, if it is one of SES's; `where` is what was asked instead.
    """
    asked = f"{where} ({operation})" if operation and service == "sesv2" else operation or where
    refusal = unknown(f"{asked} of SES v1" if service == "ses" else asked)
    used_up = custom.used_up(account, service, operation or "")
    refusal.message = ". ".join(filter(None, (refusal.message, used_up)))
    name = operation or where
    note_unanswered(account, service, name, request, refusal.message or "", error=refusal.error)
    return PROTOCOLS[service].answer_to(refusal)


def _refused(
    account: Account,
    route: Route,
    request: HttpRequest,
    refusal: Refusal,
    *,
    retry_at_once: bool = False,
) -> Outcome:
    _note(account, route, request, Reply(), (refusal.error, refusal.message))
    http = PROTOCOLS[route.service].answer_to(refusal)
    return Outcome(http, retry_at_once=retry_at_once)


def _note(
    account: Account,
    route: Route,
    request: HttpRequest,
    reply: Reply,
    refused: tuple[str, str | None] = ("", None),
) -> None:
    error, message = refused
    queries, emails = reply.queries, reply.emails
    # A send is of one moment with its emails: to read the clock is slow.
    moment = emails[0]._message.moment if emails else timestamps.now()
    unreadable: list[str] = []
    number = len(queries)
    if not queries and not emails and route.has_queries:
        number, queries, unreadable = calls.readable_queries(request.body)
    account.calls.append(
        Call(
            route.operation,
            request.region,
            timestamps.to_datetime(moment),
            request.attempt,
            error or None,
            message,
            number,
            queries,
            reply.results,
            reply.errors,
            unreadable,
            tuple(emails),
            divergences_of(reply.diverging) if reply.diverging else (),
            route.service,
            request,
        )
    )
    account.forget_older()
