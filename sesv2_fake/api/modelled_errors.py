"""The errors that each operation can end in, out of botocore's model of its service."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple


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
def _model(service: str) -> Any:
    from botocore.loaders import Loader  # loaded by tests that set up faults

    return Loader().load_service_model(service, "service-2")
