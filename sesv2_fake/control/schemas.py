"""JSON Schemas of what goes in and out, derived from Python's types; and values as their JSON."""

from __future__ import annotations

import base64
import datetime as dt
import inspect
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache
from types import UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    NamedTuple,
    TypeAlias,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from ..counting.metrics import REQUESTED, Dimension, Metric
from ..counting.statistics import Rate
from ..emails import mime
from ..emails.email import Email
from ..emails.record_reader import LoadedEvents
from ..operations.calls import Call, QueryError, Result
from ..operations.metric_queries import Query
from ..untyped import JSON, JSONObject, Members
from .bodies import MAX_NUMBER, Schema


def object_schema(required: str = "", /, **properties: Schema) -> Schema:
    """An object with these members and no others; `required` names some of them."""
    found = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**found, "required": required.split()} if required else found


def list_of(items: Schema) -> Schema:
    """A list of such."""
    return {"type": "array", "items": items}


def one_or_many(item: Schema) -> Schema:
    """Such an item, or a list of such."""
    return {"anyOf": [item, list_of(item)]}


def one_of(choices: Iterable[str]) -> Schema:
    """One of these texts."""
    return {"type": "string", "enum": [*choices]}


def described(schema: Schema, description: str) -> Schema:
    """The same, with a description."""
    return {**schema, "description": description}


def nullable(schema: Schema) -> Schema:
    """The same, or null: in Python, None."""
    if "type" not in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    found = {**schema, "type": [schema["type"], "null"]}
    return {**found, "enum": [*schema["enum"], None]} if "enum" in schema else found


TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0, "maximum": MAX_NUMBER}
OBJECT: Schema = {"type": "object"}
TIME = described(TEXT, "ISO 8601: a date is its midnight UTC, a time without an offset is in UTC")
NO_MEMBERS = object_schema()

_BY_TYPE: dict[object, Schema] = {
    str: TEXT,
    bool: {"type": "boolean"},
    int: COUNT,
    float: {"type": "number"},
    dt.datetime: TIME,
    Metric: one_of(Metric),
    JSON: {},
    object: {},
}
#: What the type of an argument does not say.
_BY_ARGUMENT: dict[str, Schema] = {
    "dimensions": object_schema(**{str(name): TEXT for name in Dimension}),
    "times": {**COUNT, "minimum": 1},
    # SES can have more of them than are known here.
    "sub_type": described(TEXT, "such as OnAccountSuppressionList"),
}
#: Types that stand for all else in a union: each other form of them is their text.
_WHOLE = (dt.datetime, Metric)


def emails(call: Call) -> list[str]:
    """The message ids of what it sent."""
    return [email.message_id or "" for email in call.emails]


def line(call: Call) -> str:
    """The call in one line."""
    return call._in_one_line()


class Header(NamedTuple):
    """A header of an email."""

    name: str
    value: str


class Attachment(NamedTuple):
    """An attachment of an email."""

    file_name: str | None
    content_type: str
    content: Annotated[str, "In base64"]


def unrendered(email: Email) -> str | None:
    """Why text, HTML and headers of a template are not known"""
    return email._message.info.read_content().unrendered


def text(email: Email) -> str | None:
    """Its plain text, if it has any"""
    return email.text if unrendered(email) is None else None


def html(email: Email) -> str | None:
    """Its HTML, if it has any"""
    return email.html if unrendered(email) is None else None


def headers(email: Email) -> list[Header]:
    """All of them, in their order"""
    if unrendered(email) is not None:
        return []
    return [Header(name, value) for name, value in mime.all_headers(email.message)]


def attachments(email: Email) -> list[Attachment]:
    """All of them, in their order"""
    if unrendered(email) is not None:
        return []
    return [
        Attachment(
            part.get_filename(),
            part.get_content_type(),
            base64.b64encode(mime.bytes_of(part)).decode(),
        )
        for part in email.attachments
    ]


def happened(email: Email) -> list[str]:
    """What happened to it, in words."""
    return email._message.summary()


#: An attribute's name, or a function of the object.
_Shown: TypeAlias = "str | Callable[..., object]"

#: What is shown of an object: its attributes, and functions of it by their names.
SHOWN: dict[type, tuple[_Shown, ...]] = {
    Query: ("id", "namespace", "metric", "dimensions", "start_date", "end_date"),
    Result: ("id", "timestamps", "values"),
    QueryError: ("id", "code", "message"),
    LoadedEvents: ("taken", "skipped", "repeated"),
    Rate: ("rate", "of", "count"),
    Call: (
        "operation", "region", "time", "attempt", "error", "message", "number_of_queries",
        "queries", "results", "errors", "unreadable", emails, "divergences", line,
    ),
    Email: (
        "message_id", "sender", "to", "cc", "bcc", "reply_to", "recipients", "subject", text, html,
        headers, attachments, "template_name", "template_data", unrendered, *REQUESTED, "tags",
        "region", "sent_at", happened,
    ),
}  # fmt: skip


#: What may be large of an email, and what stands for it if it is left out.
_CONTENT: dict[_Shown, JSON] = {
    text: None,
    html: None,
    headers: [],
    attachments: [],
}


def without_content(email: Email) -> JSONObject:
    """What is shown of an email, but for what may be large."""
    shown = {
        what: _CONTENT[what] if what in _CONTENT else _value(email, what) for what in SHOWN[Email]
    }
    return {_name(what): value for what, value in shown.items()}


def as_json(value: object) -> JSON:
    """A value as what `json.dumps` takes."""
    members = _members(value)
    if members is not None:
        return {str(name): as_json(member) for name, member in members.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(item) for item in value]
    if isinstance(value, frozenset):
        return sorted(value)
    return value.isoformat() if isinstance(value, dt.datetime) else value


def _members(value: object) -> Members | None:
    if type(value) in SHOWN:
        return {_name(what): _value(value, what) for what in SHOWN[type(value)]}
    if hasattr(value, "_asdict"):
        return cast(JSONObject, value._asdict())
    return value if isinstance(value, Mapping) else None


def _value(of: object, what: _Shown) -> object:
    return getattr(of, what) if isinstance(what, str) else what(of)


def _name(what: _Shown) -> str:
    return what if isinstance(what, str) else what.__name__


def schema_of(annotation: object) -> Schema:
    """The schema of a type."""
    if annotation in _BY_TYPE:
        return _BY_TYPE[annotation]
    if annotation in SHOWN:
        shown = SHOWN[annotation]
        members = {_name(what): _of_attribute(annotation, what) for what in shown}
        return object_schema(" ".join(members), **members)
    origin = get_origin(annotation)
    if origin is not None:
        return _of_generic(origin, get_args(annotation))
    members = {name: schema_of(hint) for name, hint in _hints(annotation).items()}
    required = getattr(annotation, "__required_keys__", members)  # of a TypedDict
    return object_schema(" ".join(required), **members)


def _of_generic(origin: Any, arguments: Sequence[Any]) -> Schema:
    if origin is Annotated:
        return described(schema_of(arguments[0]), arguments[1])
    if origin is Literal:
        return one_of(arguments)
    if origin in (Union, UnionType):
        return _of_union(arguments)
    if issubclass(origin, Mapping):
        values = schema_of(int if origin is Counter else arguments[1])
        return {**OBJECT, **({"additionalProperties": values} if values else {})}
    return list_of(schema_of(arguments[0]))


@cache
def _hints(of: object) -> dict[str, object]:
    return get_type_hints(of, include_extras=True)


def _of_union(members: Sequence[object]) -> Schema:
    if type(None) in members:
        return nullable(_of_union(tuple(member for member in members if member is not type(None))))
    for whole in _WHOLE:
        if whole in members:
            return schema_of(whole)
    # A mapping by several types of Python is one by text in JSON.
    found = list(map(schema_of, members))
    schemas = [schema for n, schema in enumerate(found) if schema not in found[:n]]
    return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}


def _of_attribute(of: type, what: _Shown) -> Schema:
    found = getattr(of, what, None) if isinstance(what, str) else what
    function = found.fget if isinstance(found, property) else found
    if not inspect.isfunction(function):
        return schema_of(_hints(of)[_name(what)])
    summary = (inspect.getdoc(function) or "").partition("\n\n")[0]
    return described(schema_of(_hints(function)["return"]), summary)


def not_null(schema: Schema) -> Schema:
    """The same object, whose members are left out instead of null."""
    members = {
        name: {**member, "type": member["type"][0]} if isinstance(member["type"], list) else member
        for name, member in schema["properties"].items()
    }
    return {**schema, "properties": members}


def arguments_of(
    function: Callable[..., object], leave_out: Collection[str] = (), /, **others: Schema
) -> Schema:
    """The arguments of a function as the members of an object; `others` have another schema.

    Functions as arguments are left out too: JSON has none.
    """
    hints = {name: hint for name, hint in _hints(function).items() if name not in leave_out}
    known: dict[str, Schema] = {}
    required = []
    for name, parameter in inspect.signature(function).parameters.items():
        kinds = (hints.get(name), *get_args(hints.get(name)))
        is_function = any(get_origin(kind) is _FUNCTION for kind in kinds)
        if name not in hints or is_function or parameter.kind is parameter.VAR_KEYWORD:
            continue
        schema = others.get(name) or _BY_ARGUMENT.get(name)
        if schema is not None:
            known[name] = nullable(schema) if parameter.default is None else schema
        else:
            known[name] = schema_of(hints[name])
        if parameter.default is parameter.empty:
            required.append(name)
    return object_schema(" ".join(required), **{**others, **known})


_FUNCTION = get_origin(Callable[..., object])


def result_of(function: Callable[..., object]) -> Schema | None:
    """The schema of what a function returns; None if it returns nothing."""
    hint = _hints(function)["return"]
    return None if hint is type(None) else schema_of(hint)
