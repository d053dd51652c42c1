"""botocore's models of SES: an operation's names, the parameters of a request, a response."""

from __future__ import annotations

import base64
import datetime as dt
import re
from collections.abc import Callable, Collection
from functools import cache
from urllib.parse import parse_qs, unquote

from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel
from botocore.utils import parse_timestamp
from botocore.validate import ParamValidator

from .. import checks
from ..untyped import JSON, JSONObject, Members, Untyped
from .errors import Refusal
from .query_protocol import Entries, parse_form
from .requests import HttpRequest, parse_json

SERVICES = ("sesv2", "ses")


@cache
def service_model(service: str) -> ServiceModel:
    """The model of `sesv2`, or of `ses`: SES v1."""
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


@cache
def operation_model(service: str, operation: str) -> OperationModel | None:
    """The model of an operation; None if the installed botocore does not have it."""
    model = service_model(service)
    return model.operation_model(operation) if operation in model.operation_names else None


def keys_of(name: str) -> list[tuple[str, str]]:
    """The service and name of each operation with this name, in SES v2 and v1."""
    return [(service, name) for service in SERVICES if operation_model(service, name)]


@cache
def operation_names() -> dict[str, str]:
    """The name of every operation, by each of its two forms."""
    names = [name for service in SERVICES for name in service_model(service).operation_names]
    return {form: name for name in names for form in (name, xform_name(name))}


def checked_operation(operation: object, others: Collection[str] = ()) -> str:
    """The name of the operation that a test named in either form; an error if it is none.

    `others` are names that do too: of operations that an old botocore does not have.
    """
    names = {
        **{form: name for name in others for form in (name, xform_name(name))},
        **operation_names(),
    }
    if not isinstance(operation, str):
        raise TypeError(f"operation: expected the name of an operation, got {operation!r}")
    if operation not in names:
        near = checks.suggestion(operation, names)
        raise ValueError(f"operation: the installed botocore has no {operation!r} of SES{near}")
    return names[operation]


@cache
def _paths() -> list[tuple[str, re.Pattern[str], str]]:
    """The method, the path and the name of each operation of SES v2."""
    model = service_model("sesv2")
    found = []
    for name in model.operation_names:
        http = model.operation_model(name).http
        path = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(http["requestUri"]))
        found.append((http["method"], re.compile(path), name))
    # A path without parameters before one that it would fit too.
    return sorted(found, key=lambda row: row[1].groups)


def operation_at(method: str, path: str) -> str | None:
    """The operation of SES v2 that a request is for; None if botocore knows none."""
    for wanted, pattern, name in _paths():
        if method == wanted and pattern.fullmatch(path.rstrip("/")):
            return name
    return None


def response_problems(operation: OperationModel, response: Members) -> str:
    """What is wrong with a response by its model, as a Stubber says it; no text if nothing is."""
    shape = operation.output_shape
    if shape is None:
        return f"{operation.name} answers nothing, got {dict(response)!r}" if response else ""
    return str(ParamValidator().validate(dict(response), shape).generate_report())


def parameters_of(service: str, operation: str, request: HttpRequest) -> JSONObject:
    """The parameters of a request, as a client was given them; as far as they can be read."""
    model = operation_model(service, operation)
    try:
        members = parse_form(request.body) if service == "ses" else parse_json(request.body)
    except Refusal:
        return {}
    if service == "ses":
        members = {name: members[name] for name in members if name not in ("Action", "Version")}
    shape = model.input_shape if model is not None else None
    if model is None or shape is None:
        return members
    if service == "sesv2":
        members = {**_of_url(model, request), **members}
    return _structure(shape, members)


def _of_url(model: OperationModel, request: HttpRequest) -> JSONObject:
    """The members in the path and the query string, as text."""
    found: JSONObject = {}
    for _, pattern, name in _paths():
        if name == model.name and (match := pattern.fullmatch(request.path.rstrip("/"))):
            found = {member: unquote(value) for member, value in match.groupdict().items()}
    values = parse_qs(request.query, keep_blank_values=True)
    shape: Untyped = model.input_shape
    for member, inner in shape.members.items():
        given = values.get(inner.serialization.get("name", member))
        if given and inner.serialization.get("location") == "querystring":
            found[member] = given if inner.type_name == "list" else given[-1]
    return found


def moment(value: JSON) -> dt.datetime:
    """A time as botocore takes it, in UTC; in UTC too if it names no zone."""
    found = value if isinstance(value, dt.datetime) else parse_timestamp(value)
    if found.tzinfo is None:
        return found.replace(tzinfo=dt.timezone.utc)
    try:
        return found.astimezone(dt.timezone.utc)
    except OverflowError:
        raise ValueError(f"expected a time in the years 1 to 9999 in UTC, got {value!r}") from None


#: How a value on the wire becomes one of each type.
_PARSERS: dict[str, Callable[[JSON], JSON]] = {
    "blob": base64.b64decode,
    "boolean": lambda value: value.lower() == "true" if isinstance(value, str) else value,
    "double": float,
    "integer": int,
    "long": int,
    # A number of a JSON body is exact, which botocore does not take.
    "timestamp": lambda value: moment(value if isinstance(value, str) else float(value)),
}


# botocore's shapes of each type have members of their own, which its types do not say.
def _parsed(shape: Untyped, value: JSON) -> JSON:
    """A value of a request by its shape; unchanged if it is not of that shape."""
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        return _structure(shape, value)
    if kind == "list" and isinstance(value, list):
        return [_parsed(shape.member, item) for item in value]
    if kind == "map" and isinstance(value, dict):
        return {key: _parsed(shape.value, item) for key, item in value.items()}
    try:
        return _PARSERS[kind](value) if kind in _PARSERS and value is not None else value
    except (ValueError, TypeError, ArithmeticError):
        return value


def _structure(shape: Untyped, members: Members) -> JSONObject:
    return {
        name: _parsed(shape.members[name], value) if name in shape.members else value
        for name, value in members.items()
        if value is not None
    }


def on_the_wire(service: str, shape: Untyped, value: JSON) -> JSON:
    """A value of a response, by its shape, as the service's protocol writes it."""
    kind = None if shape is None or value is None else shape.type_name
    if kind == "structure":
        return {
            name: on_the_wire(service, shape.members[name], item)
            for name, item in value.items()
            if item is not None
        }
    if kind == "list":
        return [on_the_wire(service, shape.member, item) for item in value]
    if kind == "map":
        items = {key: on_the_wire(service, shape.value, item) for key, item in value.items()}
        return Entries(items) if service == "ses" else items
    write = _WRITERS[service].get(str(kind))
    return value if write is None else write(value)


#: How values of each type are written; SES answers no bytes.
_WRITERS: dict[str, dict[str, Callable[[JSON], JSON]]] = {
    "sesv2": {"timestamp": lambda value: moment(value).timestamp()},
    "ses": {
        "boolean": lambda value: str(value).lower(),
        "timestamp": lambda value: moment(value).isoformat(),
    },
}
