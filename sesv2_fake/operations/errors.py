"""How SES says no: the errors of a whole call, and their form on the wire."""

from __future__ import annotations

import itertools
import json
import os
import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from .. import checks
from ..untyped import JSONObject

#: HTTP status of each error that an operation here ends in by itself. [doc] The last four are
#: those of AWS's front end.
STATUSES: dict[str, int] = {
    "BadRequestException": 400,
    "InvalidNextTokenException": 400,
    "AlreadyExistsException": 400,
    "LimitExceededException": 400,
    "MessageRejected": 400,
    "NotFoundException": 404,
    "TooManyRequestsException": 429,
    "InternalServiceErrorException": 500,
    "SendingPausedException": 400,
    "AccessDeniedException": 403,
    "SerializationException": 400,
    "UnknownOperationException": 404,
    "RequestEntityTooLargeException": 413,
}


#: What is on the wire as JSON.
encode = json.JSONEncoder(check_circular=False, separators=(",", ":")).encode


#: What tells the request ids of this run from others', and each from the next.
_RUN = re.sub("(....)(...)(...)", r"\1-4\2-a\3", os.urandom(5).hex())
_numbers = itertools.count(1)


def new_request_id() -> str:
    """An id in the form of a UUID, made faster than by `uuid`."""
    return f"{next(_numbers):08x}-{_RUN}-{os.getpid():012x}"


def is_own_request_id(request_id: str) -> bool:
    """Whether an answer with this id was made in this run."""
    return request_id[8:26] == new_request_id()[8:26]


class HttpAnswer(NamedTuple):
    """What a transport carries back."""

    status: int
    headers: dict[str, str]
    body: bytes
    #: What JSON makes of the body, if that is known without reading it.
    members: JSONObject | None = None


class Encoded(NamedTuple):
    """A payload that is JSON already."""

    text: str
    #: What JSON makes of the text.
    members: JSONObject


class Refusal(Exception):
    """SES refuses the whole call."""

    def __init__(
        self,
        error: str,
        message: str | None,
        *,
        status: int | None = None,
        detail: str = "",
        in_v1: str = "",
    ) -> None:
        super().__init__(message)
        self.error = error
        #: None where SES sends a message that is null.
        self.message = message
        #: The HTTP status.
        self.status = STATUSES[error] if status is None else status
        #: The part of the request that it is about, if SES's own message does not name it.
        self.detail = detail
        #: The error's code in SES v1, if it is not the usual one.
        self.in_v1 = in_v1


def bad_request(message: str, *, detail: str = "") -> Refusal:
    """A `BadRequestException`: what nearly every check answers with. [live]"""
    return Refusal("BadRequestException", message, detail=detail)


def constraint(member: str, rule: str) -> str:
    """One validation error in SES's words."""
    return f"Value at '{member}' failed to satisfy constraint: Member must {rule}"


def constraints_refusal(errors: Sequence[str]) -> Refusal:
    """All validation errors of a request, in one message."""
    found = checks.counted(len(errors), "validation error")
    return bad_request(f"{found} detected: {'; '.join(errors)}")


def answer(status: int, payload: object, error: str | None = None) -> HttpAnswer:
    """An answer in SES's form: JSON, a request id, and the error's name if it is one. [doc]"""
    text, members = payload if isinstance(payload, Encoded) else (encode(payload), None)
    body = text.encode()
    headers = {
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "x-amzn-RequestId": new_request_id(),
    }
    if error is not None:
        headers["x-amzn-ErrorType"] = error
    return HttpAnswer(status, headers, body, members)


def answer_to(refusal: Refusal) -> HttpAnswer:
    """The answer that says what a refusal says."""
    return answer(refusal.status, {"message": refusal.message}, refusal.error)


def unknown(what: str) -> Refusal:
    """What is said of an operation that is not answered here. [open: server-paths]"""
    return Refusal("UnknownOperationException", f"sesv2_fake does not answer {what}")


def unknown_operation(method: str, path: str) -> HttpAnswer:
    """The answer to a request for an operation that is not answered here."""
    return answer_to(unknown(f"{method} {path}"))


class OperationError(NamedTuple):
    """An error of an operation, as it is on the wire."""

    code: str
    status: int
    message: str


#: What AWS's front end adds, by service. For SES v2 with AWS's usual words. SES v1 has other codes
#: for what v2 calls by these names; "Maximum sending rate exceeded." is the [guide]'s.
_OF_EVERY_OPERATION: dict[str, dict[str, OperationError]] = {
    "sesv2": {
        "AccessDeniedException": OperationError(
            "AccessDeniedException",
            403,
            "User is not authorized to perform: ses:{operation} on this resource",
        ),
    },
    "ses": {
        "AccessDeniedException": OperationError(
            "AccessDenied",
            403,
            "User is not authorized to perform: ses:{operation} on this resource",
        ),
        "TooManyRequestsException": OperationError(
            "Throttling", 400, "Maximum sending rate exceeded."
        ),
    },
}

_FIRST_PARAGRAPH = re.compile(r"<p>(.*?)</p>", re.DOTALL)
_MARKUP = re.compile(r"<[^>]*>")


@cache
def errors_of(service: str, operation: str) -> dict[str, OperationError]:
    """The errors of an operation by their names as exceptions, with botocore's description. [doc]

    An operation that an old botocore does not have has none of its own.
    """
    found = dict(_modelled(service, operation))
    for name, (code, status, message) in _OF_EVERY_OPERATION[service].items():
        found[name] = OperationError(code, status, message.format(operation=operation))
    return found


def _modelled(service: str, operation: str) -> Iterator[tuple[str, OperationError]]:
    model = _model(service)
    for error in model["operations"].get(operation, {}).get("errors", ()):
        shape = model["shapes"][error["shape"]]
        on_wire = shape["error"]
        words = _FIRST_PARAGRAPH.findall(shape["documentation"])[0]
        code = on_wire.get("code", error["shape"])
        message = _MARKUP.sub("", words).strip()
        yield error["shape"], OperationError(code, on_wire["httpStatusCode"], message)


@cache
def _model(service: str) -> JSONObject:
    from botocore.loaders import Loader  # loaded by tests that set up faults

    found: JSONObject = Loader().load_service_model(service, "service-2")
    return found
