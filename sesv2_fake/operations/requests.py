"""A request, and the members of its body."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import NamedTuple, NoReturn

from ..untyped import JSON, JSONObject, Members
from .errors import Refusal

#: The largest body that is read, in bytes. SES's own limit is [open: server-paths].
MAX_BODY = 2**20
#: The same of a request that sends: an email has 40 MB at most, in base64. [doc]
MAX_MAIL = 40 * 2**20 + MAX_BODY

_ATTEMPT = re.compile(r"attempt=(\d{1,9})")


class HttpRequest(NamedTuple):
    """What a transport carries in."""

    region: str
    body: bytes
    #: Which attempt at one call this is, by the client's own count.
    attempt: int = 1
    path: str = ""
    #: What stands behind the path's `?`.
    query: str = ""
    #: The scheme and host by which a client called the HTTP server of a fake.
    origin: str = ""


def attempt_of(sdk_request: str) -> int:
    """The attempt that an SDK's `amz-sdk-request` header names; 1 if it names none."""
    found = _ATTEMPT.search(sdk_request)
    return int(found[1]) if found else 1


def parse_json(body: bytes) -> JSONObject:
    """The members of a JSON body; no body has none.

    Raises Refusal (`SerializationException`) for what is no JSON, or no object.
    """
    if not body:
        return {}
    try:
        found = _decode(body.decode())
    except (ValueError, ArithmeticError, RecursionError):
        raise serialization_error("The request body is not valid JSON.") from None
    return as_structure(found)


def serialization_error(message: str) -> Refusal:
    """A body that is not what the operation's model says."""
    return Refusal("SerializationException", message)


def _object_without_repeats(pairs: list[tuple[str, JSON]]) -> JSONObject:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise serialization_error("Duplicate member found in a structure or map.")
    return found


def _refuse_constant(_: str) -> NoReturn:
    raise serialization_error("The request body is not valid JSON.")


_decoder = json.JSONDecoder(
    object_pairs_hook=_object_without_repeats,
    parse_float=Decimal,
    parse_constant=_refuse_constant,
)


def _decode(body: str) -> JSON:
    if body.startswith("{"):  # nearly all: the quicker way, which allows no white space around
        found, end = _decoder.raw_decode(body)
        if end == len(body):
            return found
    return _decoder.decode(body)


def as_structure(value: JSON) -> JSONObject:
    """An object; SerializationException otherwise."""
    if not isinstance(value, dict):
        raise unexpected(value, "a structure or map")
    return value


def as_list(value: JSON) -> list[JSON] | None:
    """A list, or None if it is missing; SerializationException otherwise."""
    if value is not None and not isinstance(value, list):
        raise unexpected(value, "a list")
    return value


def get_structure(members: Members, name: str) -> JSONObject:
    """A member that is an object; one that is missing has no members."""
    value = members.get(name)
    if isinstance(value, dict):
        return value
    return {} if value is None else as_structure(value)


def get_string(members: Members, name: str) -> str | None:
    """A member that is text; None if it is missing."""
    value = members.get(name)
    return value if value is None or isinstance(value, str) else as_string(value)


def get_strings(members: Members, *names: str) -> list[str | None]:
    """Several members that are texts, or missing."""
    values = list(map(members.get, names))
    for value in values:
        if value is not None and not isinstance(value, str):
            as_string(value)
    return values


def get_list(members: Members, name: str) -> list[JSON]:
    """The members of a list; one that is missing has none, nor the empty text of a form."""
    value = members.get(name)
    if value is None or value == "":
        return []
    return value if isinstance(value, list) else as_list(value) or []


_BOOLEANS = {
    **dict.fromkeys(("true", "yes", "y", "t", "1"), True),
    **dict.fromkeys(("false", "no", "n", "f", "0"), False),
}


def get_boolean(members: Members, name: str) -> bool | None:
    """A member that is true or false, as such or as text [live]; None if it is missing."""
    value = members.get(name)
    if isinstance(value, str):
        value = _BOOLEANS.get(value.lower(), value)
    if isinstance(value, bool) or (value is None and name not in members):
        return value
    if isinstance(value, str):
        raise serialization_error("STRING_VALUE can not be converted to an Boolean")
    if isinstance(value, (int, Decimal)):
        raise serialization_error("NUMBER_VALUE can not be converted to a Boolean")
    raise unexpected(value, "a boolean")  # null is refused without words [live]


def as_string(value: JSON) -> str | None:
    """Text, or None if it is missing; SerializationException otherwise."""
    if value is not None and not isinstance(value, str):
        raise unexpected(value, "a string")
    return value


def unexpected(value: JSON, expected: str) -> Refusal:
    """A member of another type than expected. Two of the messages are [live]."""
    if isinstance(value, dict):
        return serialization_error("Start of structure or map found where not expected.")
    if isinstance(value, list):
        return serialization_error("Start of list found where not expected")
    return serialization_error(f"Expected {expected}.")
