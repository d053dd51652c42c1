"""JSON bodies: parsed, their members checked, written."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import NoReturn

from .. import checks
from ..checks import LONGEST_SHOWN, shortened
from ..operations.errors import HttpAnswer
from ..untyped import JSON, JSONObject

#: A part of a JSON Schema, as OpenAPI 3.1 has it.
Schema = JSONObject

#: The largest whole number that every language's JSON keeps exactly.
MAX_NUMBER = 2**53 - 1


def parse(body: bytes) -> JSON:
    """The JSON value of a body.

    Raises ValueError if it is none, if an object has one member twice, or if a number is too large.
    """
    try:
        return _decode(body.decode())
    except UnicodeDecodeError as error:
        raise ValueError(f"body: expected JSON in UTF-8, got {error}") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"body: expected JSON, got {shortened(body.decode())} ({error})") from None
    except RecursionError:
        raise ValueError("body: nested too deep") from None


def _whole_number(digits: str) -> int:
    # Far more digits than a number may have are not worth reading.
    if len(digits) > LONGEST_SHOWN or abs(int(digits)) > MAX_NUMBER:
        raise ValueError(f"body: expected numbers up to {MAX_NUMBER}, got {shortened(digits)}")
    return int(digits)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"body: expected JSON, got {name}")


def _object(pairs: list[tuple[str, JSON]]) -> JSONObject:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"body: member {twice!r} is there twice")
    return found


_decode = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_whole_number, parse_constant=_no_constant
).decode


def check_members(value: object, schema: Schema, name: str = "body") -> JSONObject:
    """The members of an object, which are those that its schema has.

    Raises TypeError for anything but an object, for a member that the schema does not have, and
    if a required one is missing.
    """
    known = schema["properties"]
    if not isinstance(value, dict):
        listed = ", ".join(known)
        raise TypeError(f"{name}: expected an object with {listed}, got {shortened(value)}")
    for member, given in value.items():
        if member not in known:
            near = checks.suggestion(member, known) or f"; there are {', '.join(known)}"
            raise TypeError(f"no member {shortened(member)}{near if known else ''}")
        kinds = known[member].get("type", ())
        may_be_null = given is None and "null" in kinds
        if "object" in kinds and not isinstance(given, dict) and not may_be_null:
            raise TypeError(f"{member}: expected an object, got {shortened(given)}")
    for member in schema.get("required", ()):
        if member not in value:
            raise TypeError(f"{member}: missing")
    return value


_FLAGS = {"true": True, "false": False}


def _number(text: str, name: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= LONGEST_SHOWN and int(text) <= MAX_NUMBER:
        return int(text)
    raise ValueError(f"{name}: expected a whole number, got {shortened(text)}")


#: What the text of a URL's parameter means, by the parameter's type.
_FROM_TEXT: dict[str, Callable[[str, str], JSON]] = {
    "string": lambda text, _: text,
    "boolean": lambda text, name: _FLAGS[checks.one_of(text, _FLAGS, name)],
    "integer": _number,
}


def parameters(values: Mapping[str, list[str]], schema: Schema) -> JSONObject:
    """The parameters of a URL, checked as `check_members` checks a body's."""
    found: JSONObject = {}
    for name, texts in check_members(dict(values), schema, "parameters").items():
        if len(texts) > 1:
            raise ValueError(f"{name}: expected one value, got {len(texts)}")
        found[name] = _FROM_TEXT[schema["properties"][name]["type"]](texts[0], name)
    return found


def response(
    status: int, payload: object = None, headers: Mapping[str, str] | None = None
) -> HttpAnswer:
    """An answer with a JSON body, or with none."""
    body, about = b"", {}
    if payload is not None:
        body = json.dumps(payload, separators=(",", ":")).encode()
        about = {"Content-Type": "application/json", "Content-Length": str(len(body))}
    return HttpAnswer(status, {**about, "Cache-Control": "no-store", **(headers or {})}, body)


def problem(status: int, message: str, headers: Mapping[str, str] | None = None) -> HttpAnswer:
    """An answer that says what was wrong."""
    return response(status, {"message": message}, headers)
